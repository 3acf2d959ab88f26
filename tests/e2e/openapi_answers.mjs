// host_stub/server/openapi.yaml as a judge: whether an answer of the server is one that it describes, and which of its
// operations have been called with success.

import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const document = parse(readFileSync(new URL('../../host_stub/server/openapi.yaml', import.meta.url), 'utf8'));
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'openapi');

const resolve = node => (node?.$ref ? node.$ref.slice(2).split('/').reduce((at, key) => at[key], document) : node);
const pointer = keys => keys.map(key => String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('/');

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.filter(method => item[method]).map(method => ({
    id: item[method].operationId,
    method,
    path,
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
    responses: item[method].responses,
  })),
);

const called = new Set();
export const neverCalled = () => operations.map(({ id }) => id).filter(id => !called.has(id));

// Throws when the answer is none that is described. `body` is the parsed JSON, or a text.
export function checkAnswer(method, path, { status, headers, body }) {
  const where = `${method} ${path} -> ${status}`;
  const operation = operations.find(one => one.method === method.toLowerCase() && one.pattern.test(path));
  if (!operation) throw new Error(`${where}: openapi.yaml has no such operation`);
  const key = operation.responses[status] ? String(status) : 'default';
  const response = operation.responses[key];
  if (!response || (key === 'default' && status < 400)) throw new Error(`${where}: this status is not described`);
  if (status < 400) called.add(operation.id);
  const content = resolve(response).content;
  if (!content) {
    if (body !== '') throw new Error(`${where}: has a body, and none is described`);
    return;
  }
  const type = headers['content-type']?.split(';')[0];
  if (!content[type]) throw new Error(`${where}: ${type} is not described`);
  if (type !== 'application/json') return;
  const place = response.$ref
    ? [...response.$ref.slice(2).split('/'), 'content', type, 'schema']
    : ['paths', operation.path, operation.method, 'responses', key, 'content', type, 'schema'];
  validate(where, place, body);
}

// The same for the data of a server-sent event: `schema` is a name of components.schemas.
export const checkData = (schema, data) => validate(`event data`, ['components', 'schemas', schema], data);

function validate(where, place, body) {
  const check = ajv.getSchema(`openapi#/${pointer(place)}`);
  if (!check(body))
    throw new Error(`${where}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(body, null, 1).slice(0, 3000)}`);
}

// The examples of requests and answers, as [place, schema place, value].
export function examples() {
  const found = [];
  const look = (node, place) => {
    if (node === null || typeof node !== 'object') return;
    if (node.schema && node.example !== undefined) found.push([place, [...place, 'schema'], node.example]);
    if (node.schema && node.examples)
      for (const [name, { value }] of Object.entries(node.examples)) found.push([[...place, name], [...place, 'schema'], value]);
    for (const [key, child] of Object.entries(node)) if (key !== 'example' && key !== 'examples') look(child, [...place, key]);
  };
  look(document, []);
  return found;
}

export function checkExample([place, schema, value]) {
  validate(pointer(place), schema, value);
}
