// JSON for people: names from the schema's titles, constants with their titles, times in the reader's locale, lists of flat
// objects as tables. Everything is shown as text; nothing in a payload is ever run or loaded.
import type { ReactNode } from 'react';
import { isObject } from '../form/json';
import { asSchema, constantsOf, type Schema } from '../form/schema';
import { timeText, titleOf } from './words';

const LONG = 240;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;
const COLUMNS = 12;

interface Props {
  value: unknown;
  schema?: Schema | undefined;
  verbatim?: boolean | undefined; // member names unchanged, for a request that is shown exactly
}

export function Readable({ value, schema = {}, verbatim }: Props): ReactNode {
  if (value === undefined || value === null || value === '') return <span className="nothing">–</span>;
  if (Array.isArray(value)) return <List values={value} schema={asSchema(schema.items)} verbatim={verbatim} />;
  if (isObject(value)) return <Members value={value} schema={schema} verbatim={verbatim} />;
  return <Scalar value={value} schema={schema} />;
}

const schemaOf = (schema: Schema, name: string): Schema => asSchema(schema.properties?.[name] ?? schema.additionalProperties);

// A name that the manifest does not declare: in an object with declared properties it is the service's, in a map a person chose it.
function nameOf(schema: Schema, name: string, verbatim: boolean | undefined): string {
  const known = asSchema(schema.properties?.[name]).title;
  if (known !== undefined) return known;
  const isChosen = schema.properties === undefined && (schema.type === 'object' || schema.additionalProperties !== undefined);
  return verbatim || isChosen ? name : titleOf(name);
}

function Members({ value, schema, verbatim }: { value: Record<string, unknown>; schema: Schema; verbatim: boolean | undefined }) {
  const names = Object.keys(value);
  if (names.length === 0) return <span className="nothing">–</span>;
  // In the order of the manifest; undeclared members come last.
  const order = Object.keys(schema.properties ?? {});
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return (
    <dl className="members">
      {[...names]
        .sort((a, b) => rank(a) - rank(b))
        .map(name => (
          <div key={name} className={isNested(value[name]) ? 'nested' : undefined}>
            <dt>{nameOf(schema, name, verbatim)}</dt>
            <dd>
              <Readable value={value[name]} schema={schemaOf(schema, name)} verbatim={verbatim} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

function List({ values, schema, verbatim }: { values: unknown[]; schema: Schema; verbatim: boolean | undefined }) {
  if (values.length === 0) return <span className="nothing">–</span>;
  if (values.every(value => !isNested(value)))
    return values.length <= 3 ? (
      values.map((value, index) => (
        <span key={index}>
          {index > 0 && ', '}
          <Readable value={value} schema={schema} verbatim={verbatim} />
        </span>
      ))
    ) : (
      <ul className="values">
        {values.map((value, index) => (
          <li key={index}>
            <Readable value={value} schema={schema} verbatim={verbatim} />
          </li>
        ))}
      </ul>
    );
  const columns = columnsOf(values, schema);
  if (columns === undefined)
    return (
      <ol className="values cards">
        {values.map((value, index) => (
          <li key={index}>
            <Readable value={value} schema={schema} verbatim={verbatim} />
          </li>
        ))}
      </ol>
    );
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={`${schema.title ?? 'Rows'}: a table`}>
      <table>
        <thead>
          <tr>
            {columns.map(name => (
              <th key={name} scope="col">
                {nameOf(schema, name, verbatim)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {values.map((value, index) => (
            <tr key={index}>
              {columns.map(name => (
                <td key={name}>
                  <Readable value={isObject(value) ? value[name] : undefined} schema={schemaOf(schema, name)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// The columns of a list of flat objects; undefined when the list holds anything else.
function columnsOf(values: unknown[], schema: Schema): string[] | undefined {
  const names = new Set<string>();
  for (const value of values) {
    if (!isObject(value) || Object.values(value).some(isNested)) return undefined;
    Object.keys(value).forEach(name => names.add(name));
  }
  const known = Object.keys(schema.properties ?? {}).filter(name => names.has(name));
  return names.size <= COLUMNS && values.length > 1 ? [...new Set([...known, ...names])] : undefined;
}

function Scalar({ value, schema }: { value: unknown; schema: Schema }) {
  const named = constantsOf(schema)?.find(constant => constant.value === value);
  if (named !== undefined && named.label !== String(value))
    return (
      <>
        {named.label} <span className="hint">({String(value)})</span>
      </>
    );
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'number') return <span className="number">{value}</span>;
  const text = String(value);
  if (TIME.test(text)) return <time dateTime={text}>{timeText(text)}</time>;
  if (text.length <= LONG && !text.includes('\n')) return <span className="text">{text}</span>;
  return (
    <details className="long-text">
      <summary>{text.slice(0, 80).replaceAll('\n', ' ')}…</summary>
      <pre>{text}</pre>
    </details>
  );
}
