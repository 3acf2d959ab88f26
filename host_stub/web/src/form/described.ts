// The IDs that tie a field's label, help and errors to its control.

export const labelId = (id: string) => `${id}__label`;
export const helpId = (id: string) => `${id}__help`;
export const errorId = (id: string) => `${id}__error`;

// The ARIA attributes of a control: its description, and whether its value is invalid.
export function described(id: string, { errors, required }: { errors?: string[] | undefined; required?: boolean | undefined }) {
  const wrong = (errors?.length ?? 0) > 0;
  return {
    'aria-describedby': wrong ? `${errorId(id)} ${helpId(id)}` : helpId(id),
    'aria-invalid': wrong || undefined,
    'aria-required': required || undefined,
  } as const;
}
