// JSON.parse, but an integer that JavaScript would round becomes a text with all its digits: ids of services go beyond 2^53, and a
// rounded one names something else.
export function parseWithDigits(text: string): unknown {
  return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, part =>
    part.startsWith('"') || !/^-?\d+$/.test(part) || Number.isSafeInteger(Number(part)) ? part : `"${part}"`));
}
