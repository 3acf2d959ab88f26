// Asks json_judge (judge.cpp): one question, one answer.
import { spawnSync } from 'node:child_process';

export function judge(program, questions) {
  const run = spawnSync(program, { input: questions.map(question => JSON.stringify(question)).join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status ?? run.signal}: ${run.stderr || run.error}`);
  return run.stdout.trimEnd().split('\n').map(line => JSON.parse(line));
}

// A seed that is printed, and numbers from it (mulberry32).
export function seeded(name) {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`${name}: SEED=${seed}`);
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = count => Math.floor(next() * count);
  return { below, pick: choices => choices[below(choices.length)], chance: part => next() < part };
}
