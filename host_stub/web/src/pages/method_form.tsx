// The form of one sign-in method: its fields, and the addresses that a connection may override.
import { useMemo, useState } from 'react';
import type { MethodForm } from '../api/client';
import { isObject } from '../form/json';
import { FormFromManifest } from '../parts/form_loader';
import type { PlainForm } from '../form/adapter';
import type { Problem } from '../form/operation_form';

interface Props {
  method: MethodForm;
  isBusy: boolean;
  problems: Problem[] | undefined;
  submit: string;
  onSubmit: (input: Record<string, unknown>, settings: Record<string, unknown> | undefined) => void;
  onEdit?: () => void;
}

const SETTINGS = 'connection settings'; // with a space: no manifest can declare a field of this name

export function MethodFields({ method, isBusy, problems, submit, onSubmit, onEdit }: Props) {
  const form = useMemo(() => withSettings(method), [method]);
  return (
    <>
      {method.help_url !== undefined && (
        <p>
          <a href={method.help_url} target="_blank" rel="noreferrer noopener">
            Where to find this ↗
          </a>
        </p>
      )}
      {method.redirect_uri !== undefined && <RedirectAddress address={method.redirect_uri} />}
      <FormFromManifest
        form={form}
        problems={problems}
        disabled={isBusy}
        {...(onEdit === undefined ? {} : { onEdit })}
        onSubmit={({ [SETTINGS]: settings, ...input }) => onSubmit(input, isObject(settings) && Object.keys(settings).length > 0 ? settings : undefined)}
      >
        <button type="submit" className="button primary" disabled={isBusy}>
          {submit}
        </button>
      </FormFromManifest>
    </>
  );
}

function withSettings(method: MethodForm): PlainForm {
  const { settings_schema: settings, schema, ui_schema } = method;
  if (settings === undefined) return { schema, ui_schema };
  return {
    schema: { ...schema, properties: { ...schema.properties, [SETTINGS]: { title: 'Addresses', ...settings } } },
    ui_schema: { ...ui_schema, [SETTINGS]: { 'ui:options': { advanced: true } } },
  };
}

function RedirectAddress({ address }: { address: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="note info">
      <p>If the service asks for a redirect address (redirect URI), enter this one:</p>
      <p className="joined">
        <code className="copyable">{address}</code>
        <button type="button" className="button small" onClick={() => void navigator.clipboard.writeText(address).then(() => setCopied(true))}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </p>
    </div>
  );
}
