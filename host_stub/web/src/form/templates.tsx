// The layout of react-jsonschema-form's parts: a field with its label, help and errors; an object; a list of objects.
import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  ObjectFieldTemplatePropertyType,
  TemplatesType,
} from '@rjsf/utils';
import { useState, type ReactNode } from 'react';
import { contextOf } from './context';
import { isObject } from './json';
import { errorId, helpId, labelId } from './described';
import { asSchema, isVisible, options, uiOf, type Schema } from './schema';

// A widget with several controls is labelled as a group; the others by a <label>.
const GROUPS = new Set(['several', 'choices', 'date_time', 'keyed']);

function FieldTemplate({ id, label, rawDescription, rawErrors, required, schema, uiSchema, registry, children, hidden }: FieldTemplateProps) {
  if (hidden) return <div hidden>{children}</div>;
  const look = (uiSchema?.['ui:field'] ?? uiSchema?.['ui:widget']) as string | undefined;
  if (look === undefined) return <div className="field field-group">{children}</div>;
  const labelClass = required ? 'label needed' : 'label';
  const example = exampleOf(schema);
  const { timeZone } = contextOf(registry);
  return (
    <div className={`field field-${look}${rawErrors?.length ? ' field-wrong' : ''}`}>
      {GROUPS.has(look) ? (
        <span className={labelClass} id={labelId(id)}>
          {label}
        </span>
      ) : (
        <label className={labelClass} id={labelId(id)} htmlFor={id}>
          {label}
        </label>
      )}
      {children}
      <div className="help" id={helpId(id)}>
        {rawDescription}
        {example !== undefined && <span className="example"> Example: {example}</span>}
        {look === 'date_time_local' && timeZone !== undefined && <span> The account's time zone is {timeZone.replaceAll('_', ' ')}.</span>}
      </div>
      <Faults id={id} faults={rawErrors} />
    </div>
  );
}

function exampleOf(schema: Schema): string | undefined {
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  return typeof example === 'string' || typeof example === 'number' ? String(example) : undefined;
}

function Faults({ id, faults }: { id: string; faults: string[] | undefined }) {
  if (!faults?.length) return null;
  return (
    <ul className="faults" id={errorId(id)}>
      {[...new Set(faults)].map(fault => (
        <li key={fault}>{fault}</li>
      ))}
    </ul>
  );
}

function ObjectFieldTemplate(props: ObjectFieldTemplateProps) {
  const { schema, uiSchema, formData, properties, title, description, fieldPathId, errorSchema, required } = props;
  const isRoot = fieldPathId.path.length === 0;
  const isExcluded = (name: string) => schema.properties?.[name] === false; // by a condition that holds now
  const shown = properties.filter(({ name }) => !isExcluded(name) && isVisible(schema, uiOf(uiSchema, name), formData ?? {}));
  const isAdvanced = ({ name }: ObjectFieldTemplatePropertyType) => options(uiOf(uiSchema, name)).advanced === true;
  const advanced = shown.filter(isAdvanced);
  const holds = (one: ObjectFieldTemplatePropertyType) =>
    (isObject(formData) && formData[one.name] !== undefined) || (errorSchema as Record<string, unknown> | undefined)?.[one.name] !== undefined;
  const content = (
    <>
      <Requirements schema={schema} sets={options(uiSchema).one_of} value={formData} wasTried={contextOf(props.registry).wasTried} />
      <Grouped properties={shown.filter(one => !isAdvanced(one))} groupOf={name => options(uiOf(uiSchema, name)).group} />
      {advanced.length > 0 && (
        <More open={advanced.some(holds)}>
          <Grouped properties={advanced} groupOf={name => options(uiOf(uiSchema, name)).group} />
        </More>
      )}
    </>
  );
  if (isRoot) return <div className="fields">{content}</div>;
  return (
    <fieldset className="object">
      {title !== '' && (
        <legend className={required ? 'needed' : undefined}>{title}</legend>
      )}
      {typeof description === 'string' && description !== '' && <p className="help">{description}</p>}
      <div className="fields">{content}</div>
    </fieldset>
  );
}

// "Fill in A or B", above the fields; shown as an error when no alternative is filled in.
function Requirements({ schema, sets, value, wasTried }: { schema: Schema; sets: string[][][] | undefined; value: unknown; wasTried: boolean }) {
  const title = (name: string) => asSchema(schema.properties?.[name]).title ?? name;
  const isFilled = (name: string) => isObject(value) && value[name] !== undefined;
  return (sets ?? []).map((branches, index) => {
    const wrong = wasTried && !branches.some(branch => branch.every(isFilled));
    return (
      <p key={index} tabIndex={-1} className={wrong ? 'requirement wrong' : 'requirement'} role={wrong ? 'alert' : undefined}>
        Fill in {listed(branches.map(branch => listed(branch.map(title), 'and')), 'or')}.
      </p>
    );
  });
}

const listed = (words: string[], last: string): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;

function More({ open, children }: { open: boolean; children: ReactNode }) {
  const [opened, setOpened] = useState(open);
  return (
    <details className="more" open={opened || open} onToggle={event => setOpened(event.currentTarget.open)}>
      <summary>More options</summary>
      <div className="fields">{children}</div>
    </details>
  );
}

function Grouped({ properties, groupOf }: { properties: ObjectFieldTemplatePropertyType[]; groupOf: (name: string) => string | undefined }) {
  const groups = new Map<string, ObjectFieldTemplatePropertyType[]>();
  for (const one of properties) {
    const group = groupOf(one.name) ?? '';
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups].map(([group, members]) =>
    group === '' ? (
      members.map(({ content }) => content)
    ) : (
      <fieldset key={group} className="object">
        <legend>{group}</legend>
        <div className="fields">{members.map(({ content }) => content)}</div>
      </fieldset>
    ),
  );
}

function ArrayFieldTemplate({ title, schema, items, canAdd, onAddClick, required, rawErrors, fieldPathId }: ArrayFieldTemplateProps) {
  const id = fieldPathId.$id;
  return (
    <fieldset className="list" id={id} aria-describedby={rawErrors?.length ? errorId(id) : undefined}>
      <legend className={required ? 'needed' : undefined}>{title}</legend>
      {schema.description !== undefined && <p className="help">{schema.description}</p>}
      {items.length > 0 && <ol className="entries">{items}</ol>}
      {canAdd && (
        <button type="button" className="button quiet" onClick={onAddClick}>
          Add {items.length === 0 ? 'one' : 'another'}
          <span className="hidden-text"> to {title}</span>
        </button>
      )}
      <Faults id={id} faults={rawErrors} />
    </fieldset>
  );
}

function ArrayFieldItemTemplate({ children, buttonsProps, index, hasToolbar }: ArrayFieldItemTemplateProps) {
  return (
    <li className="entry">
      <div className="entry-content">{children}</div>
      {hasToolbar && buttonsProps.hasRemove && (
        <button type="button" className="button quiet small" onClick={buttonsProps.onRemoveItem}>
          Remove<span className="hidden-text"> entry {index + 1}</span>
        </button>
      )}
    </li>
  );
}

const Nothing = () => null;

export const templates: Partial<TemplatesType> = {
  FieldTemplate,
  ObjectFieldTemplate,
  ArrayFieldTemplate,
  ArrayFieldItemTemplate,
  DescriptionFieldTemplate: Nothing,
  FieldErrorTemplate: Nothing,
  FieldHelpTemplate: Nothing,
  ErrorListTemplate: Nothing,
};
