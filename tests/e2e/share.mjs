// A run of CI takes one share of what walks the whole catalogue, another one with each commit; `./dev test long` and
// `./dev test quick` take all of it.
//
//   CONNECTOR_SHARE=2/4 node --test ...      every fourth operation, from the second on

const [, number = '1', of = '1'] = /^([0-9]+)\/([0-9]+)$/.exec(process.env.CONNECTOR_SHARE || '1/1') ?? [];
if (Number(number) < 1 || Number(number) > Number(of)) throw new Error(`CONNECTOR_SHARE=${process.env.CONNECTOR_SHARE} is no share: write 2/4`);

export const WHOLE = of === '1';

// What of `items` belongs to this run.
export const share = items => items.filter((_, index) => index % Number(of) === Number(number) - 1);
