// Stands in for the Markdown library that react-jsonschema-form brings along: what a manifest says is plain text here.
import type { ReactNode } from 'react';

export function Markdown({ children }: { children?: ReactNode }) {
  return <>{children}</>;
}
