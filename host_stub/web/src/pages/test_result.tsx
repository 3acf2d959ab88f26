// The result of a trigger's test: up to five real items, or one item marked as an example.
import type { TriggerTest } from '../api/client';
import { asSchema } from '../form/schema';
import { Badge } from '../parts/basics';
import { Readable } from '../parts/readable';
import { counted } from '../parts/words';

export const TestResult = ({ test }: { test: TriggerTest }) => (
  <section className="inset" aria-label="Test result" role="status">
    <h2>
      {test.sample ? (
        <>
          No items found yet. An event will look like this: <Badge tone="doubtful">Example</Badge>
        </>
      ) : (
        <>The test found {counted(test.items.length, 'real item')}. Nothing was recorded.</>
      )}
    </h2>
    <ol className="values cards">
      {test.items.map((item, index) => (
        <li key={index}>
          <Readable value={item} schema={asSchema(test.output)} />
        </li>
      ))}
    </ol>
  </section>
);
