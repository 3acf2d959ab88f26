// Replaces the Markdown library of react-jsonschema-form: a manifest's texts are shown as plain text.
import type { ReactNode } from 'react';

export function Markdown({ children }: { children?: ReactNode }) {
  return <>{children}</>;
}
