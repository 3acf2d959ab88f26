// The ids by which a field's label, help and errors are tied to its control.

export const labelId = (id: string) => `${id}__label`;
export const helpId = (id: string) => `${id}__help`;
export const errorId = (id: string) => `${id}__error`;

// For a control: what describes it, and whether what it holds is wrong.
export function described(id: string, { errors, required }: { errors?: string[] | undefined; required?: boolean | undefined }) {
  const wrong = (errors?.length ?? 0) > 0;
  return {
    'aria-describedby': wrong ? `${errorId(id)} ${helpId(id)}` : helpId(id),
    'aria-invalid': wrong || undefined,
    'aria-required': required || undefined,
  } as const;
}
