// The form and its libraries are loaded when the first form is shown.
import { lazy, Suspense, type ComponentProps } from 'react';
import { Waiting } from './basics';

const Loader = lazy(async () => ({ default: (await import('../form/operation_form')).OperationForm }));

export const FormFromManifest = (props: ComponentProps<typeof Loader>) => (
  <Suspense fallback={<Waiting />}>
    <Loader {...props} />
  </Suspense>
);
