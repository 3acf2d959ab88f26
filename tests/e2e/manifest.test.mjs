// What an author sees of a manifest that is wrong: `validate` names each mistake by its stable code and its place, and
// `manifest diff` what breaks users of the release before.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUILD } from './harness.mjs';

const folder = mkdtempSync(join(tmpdir(), 'connector-manifest-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const GOOD = `manifest_version: "1.0"
id: notes
version: 1.2.0
title: Notes
summary: Notes and notebooks.
library: {file: notes, abi_major: 1}
network:
  base_url: "https://api.notes.example"
  allowed_hosts: [api.notes.example]
auth:
  test: {request: {method: GET, path: /me}, label: /name}
  methods:
    - id: key
      title: Key
      type: static_bearer
      token: /api_key
      input:
        type: object
        required: [api_key]
        additionalProperties: false
        properties: {api_key: {type: string, minLength: 1, title: Key, description: From the settings., writeOnly: true}}
lookups:
  - id: notebooks
    title: Notebooks
    request: {method: GET, path: /notebooks}
    value: /id
    label: /name
actions:
  - id: note.create
    title: Create a note
    description: Puts a note into a notebook.
    group: Notes
    effects: {read_only: false, destructive: false, idempotent: false}
    input:
      type: object
      required: [notebook_id, kind]
      additionalProperties: false
      properties:
        notebook_id: {type: integer, title: Notebook, x-options: {lookup: notebooks}}
        kind: {enum: [text, link], title: Kind, examples: [text]}
        url: {type: string, title: URL, minLength: 1, examples: ["https://example.com/"], x-ui: {visible_when: {kind: link}}}
    output: {type: object, required: [id], properties: {id: {type: integer, title: Note}}}
    sample: {id: 7}
    sample_input: {notebook_id: 3, kind: text}
    request: {method: POST, path: "/notebooks/{notebook_id}/notes", body: {kind: {$from: /kind}, url: {$from: /url}}}
`;

function written(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function edited(from, to) {
  assert.equal(GOOD.split(from).length, 2, `"${from}" is not there exactly once`);
  return GOOD.replace(from, to);
}

function host(...args) {
  const { status, stdout, stderr } = spawnSync(join(BUILD, 'connector-host'), ['--data-dir', join(folder, 'data'), '--json', ...args], { encoding: 'utf8' });
  return { code: status, json: JSON.parse(stdout), err: stderr };
}

const bomb = Array.from({ length: 12 }, (_, i) => `x-a${i}: &a${i} [${i === 0 ? 'lol' : Array(10).fill(`*a${i - 1}`).join(', ')}]\n`).join('');

// [what is wrong, the text, code]
const MISTAKES = [
  ['a key given twice', edited('title: Notes\n', 'title: Notes\ntitle: Other\n'), 'M102'],
  ['a scalar that parsers read differently', edited('summary: Notes and notebooks.', 'summary: no'), 'M103'],
  ['a dropdown of a list that is not there', edited('lookup: notebooks', 'lookup: notebook'), 'M303'],
  ['a secret without writeOnly', edited(', writeOnly: true', ''), 'M314'],
  ['a sample that does not fit', edited('sample: {id: 7}', 'sample: {id: seven}'), 'M308'],
  ['a sample input that does not fit', edited('kind: text}', 'kind: sound}'), 'M309'],
  ['a required field that is never shown', edited('required: [notebook_id, kind]', 'required: [notebook_id, kind, url]'), 'M312'],
  ['a condition that never holds', edited('visible_when: {kind: link}', 'visible_when: {kind: sound}'), 'M312'],
  ['an address outside the allowed hosts', edited('base_url: "https://api.notes.example"', 'base_url: "https://notes.example"'), 'M311'],
  ['anchors that explode', GOOD + bomb, 'M105'],
];

test('a manifest without a mistake is valid', () => {
  const { code, json } = host('validate', written('good.yaml', GOOD));
  assert.deepEqual([code, json.valid, json.files[0].problems], [0, true, []]);
});

for (const [what, text, expected] of MISTAKES)
  test(`validate: ${what} is ${expected}`, () => {
    const { code, json } = host('validate', written('bad.yaml', text));
    assert.equal(code, 65);
    assert.equal(json.valid, false);
    const found = json.files[0].problems.find(problem => problem.code === expected);
    assert.ok(found, JSON.stringify(json.files[0].problems));
    assert.ok(found.line > 0 && found.message.length > 5 && found.advice.length > 5, JSON.stringify(found));
  });

// [what breaks, the newer text, code]
const BREAKING = [
  ['an operation is gone', edited('id: note.create', 'id: note.add'), 'M401'],
  ['a field has another name', GOOD.replaceAll('kind', 'sort'), 'M402'],
  ['a field takes less', edited('enum: [text, link]', 'enum: [text, link, sound]'), 'M404', true],
];

for (const [what, text, expected, backwards] of BREAKING)
  test(`manifest diff: ${what} is ${expected}`, () => {
    const files = [written('old.yaml', GOOD), written('new.yaml', text)];
    const { json } = host('manifest', 'diff', ...(backwards ? files.reverse() : files));
    assert.ok(json.changes.some(({ code }) => code === expected), JSON.stringify(json));
    assert.equal(json.needed, 'major');
    assert.equal(json.enough, false);
  });

test('manifest diff: what was added breaks nobody, and a version that was raised far enough is enough', () => {
  const newer = edited('version: 1.2.0', 'version: 1.3.0').replace('enum: [text, link]', 'enum: [text, link, sound]');
  const { code, json } = host('manifest', 'diff', written('old.yaml', GOOD), written('new.yaml', newer));
  assert.deepEqual([code, json.needed, json.enough], [0, 'minor', true]);
});
