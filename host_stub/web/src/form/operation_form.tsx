// A whole form made from a manifest: it validates the entered values and submits them as the input that the host expects.
// Form is not imported from the package's index: that pulls in a validator which compiles code, and the page's security policy
// forbids it.
import Form, { type IChangeEvent } from '@rjsf/core/lib/components/Form.js';
import { useMemo, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { adapt, toInput, withoutStaleChoices, type PlainForm } from './adapter';
import type { FormContext, FormLookup, LookUp } from './context';
import { Anything } from './fields/anything';
import { DateTime, DateTimeLocal } from './fields/date_time';
import { File } from './fields/file';
import { Keyed } from './fields/keyed';
import { Lookup, Lookups } from './fields/lookup';
import { Choice, Choices, Colour, Day, Line, Lines, Secret, Several, Text, YesNo } from './fields/plain';
import { pointerNames } from './json';
import { withRequiredDefaults } from './schema';
import { templates } from './templates';
import { errorsAt, formValidator } from './validator';

const widgets = {
  line: Line,
  phone: Line,
  textarea: Text,
  code: Text,
  secret: Secret,
  date: Day,
  date_time: DateTime,
  date_time_local: DateTimeLocal,
  colour: Colour,
  lines: Lines,
  choice: Choice,
  choices: Choices,
  several: Several,
  yes_no: YesNo,
};
const fields = { lookup: Lookup, lookups: Lookups, keyed: Keyed, file: File, anything: Anything };

export interface Problem {
  pointer: string;
  message: string;
}

interface Props {
  form: PlainForm;
  lookups?: FormLookup[];
  lookUp?: LookUp | undefined;
  timeZone?: string | undefined; // of the account, if it is known
  initial?: Record<string, unknown>;
  problems?: Problem[] | undefined; // reported by the server
  disabled?: boolean;
  // `intent` is the value of the button that was pressed.
  onSubmit: (input: Record<string, unknown>, intent: string) => void;
  onEdit?: () => void;
  children: ReactNode; // the buttons
  idPrefix?: string;
}

const NO_LOOKUPS: FormLookup[] = [];

export function OperationForm({ form, lookups = NO_LOOKUPS, lookUp, timeZone, initial, problems, disabled, onSubmit, onEdit, children, idPrefix = 'input' }: Props) {
  const [data, setData] = useState<unknown>(() => withRequiredDefaults(form.schema, initial ?? {}));
  const [wasTried, setWasTried] = useState(false);
  const data_now = useRef(data);
  const { schema, uiSchema } = useMemo(() => adapt(form), [form]);
  const validator = useMemo(() => formValidator(form), [form]);
  const context: FormContext = useMemo(() => ({ form, data, lookups, lookUp, timeZone, wasTried }), [form, data, lookups, lookUp, timeZone, wasTried]);
  const extraErrors = useMemo(() => errorsAt(form, (problems ?? []).map(({ pointer, message }) => ({ path: pointerNames(pointer), message }))), [form, problems]);

  const change = ({ formData }: IChangeEvent) => {
    const next = withoutStaleChoices(form, data_now.current, formData ?? {});
    data_now.current = next;
    setData(next);
    onEdit?.();
  };
  const submit = (_: IChangeEvent, event: FormEvent) => {
    const button = (event.nativeEvent as SubmitEvent).submitter;
    onSubmit(toInput(form, data_now.current), button instanceof HTMLButtonElement ? button.value : '');
  };
  const fail = () => {
    setWasTried(true);
    // After the errors are drawn: an error opens the section it is in.
    setTimeout(() => focusFault(idPrefix), 0);
  };
  return (
    <Form
      id={`form-of-${idPrefix}`}
      className="operation-form"
      templates={templates}
      widgets={widgets}
      fields={fields}
      idPrefix={idPrefix}
      schema={schema}
      uiSchema={uiSchema}
      formData={data}
      formContext={context}
      validator={validator}
      extraErrors={extraErrors}
      noHtml5Validate
      showErrorList={false}
      liveValidate={wasTried ? 'onChange' : false}
      disabled={disabled ?? false}
      experimental_defaultFormStateBehavior={{ emptyObjectFields: 'skipDefaults', arrayMinItems: { populate: 'never' }, constAsDefaults: 'never' }}
      onChange={change}
      onSubmit={submit}
      onError={fail}
    >
      <div className="form-end">{children}</div>
    </Form>
  );
}

// Focuses the first field with an error.
function focusFault(idPrefix: string) {
  const place = document.querySelector(`#form-of-${idPrefix} :is(.field-wrong, .requirement.wrong)`);
  const control = place?.querySelector('[aria-invalid="true"], input, select, textarea') ?? place;
  if (control instanceof HTMLElement) control.focus();
}
