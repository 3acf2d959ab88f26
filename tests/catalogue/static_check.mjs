// The request templates of a manifest against the operations of OpenAPI files, for every branch of every form: the path and
// method exist, every name in query and body is known, required ones are always sent, and types, choices, formats and
// limits fit. What a C++ handler sends has no template: it is checked when it runs (through_prism.mjs).

import { Fit } from './fit.mjs';
import { Placing } from './placing.mjs';
import { ANY, literal, Shapes, typeOf } from './shape.mjs';
import { fieldsAskedBy, pathsOf, placeholderOf, templatesOf } from './templates.mjs';

const DAY = [{ type: 'string', format: 'date' }];

// Findings are {id, what, operation, place, problem, when}: `operation` is "METHOD /path" of the description, `when` the
// branch of the form. One finding of each kind, however many branches have it.
export function check(manifest, descriptions) {
  const shapes = new Shapes(manifest.$defs);
  const findings = new Map();
  for (const entry of templatesOf(manifest)) {
    for (const root of rootsOf(entry, shapes)) {
      for (const found of requestProblems(entry, new Placing(root), descriptions)) {
        const finding = { id: entry.id, what: entry.what, when: root.when, ...found };
        const key = [finding.id, finding.what, finding.operation, finding.place, finding.problem].join('\n');
        if (!findings.has(key)) findings.set(key, finding);
      }
    }
  }
  return [...findings.values()];
}

// Every operation of the description that a template's requests can be, as {id, kind, operation}, for every branch of the form.
export function* requestsOf(manifest, descriptions) {
  const shapes = new Shapes(manifest.$defs);
  for (const entry of templatesOf(manifest))
    for (const root of rootsOf(entry, shapes))
      for (const path of pathsOf(entry.template))
        for (const candidate of literalPaths(path, entry.template, new Placing(root))) {
          const operation = descriptions.find(entry.template.method, candidate);
          if (operation) yield { id: entry.id, kind: entry.kind, operation };
        }
}

// What the pointers of a template lead into, one atom for each branch of the form.
function rootsOf({ kind, operation, template }, shapes) {
  const asked = fieldsAskedBy(template);
  if (kind === 'connection') return literal({});
  if (kind === 'lookup') {
    const fields = operation.depends_on ?? [];
    const form = operation.input ?? { type: 'object', required: fields, properties: Object.fromEntries(fields.map(name => [name, true])), additionalProperties: false };
    const search = operation.search ? { search: { shape: [{ type: 'string' }], always: false } } : {};
    return shapes.forms(form, asked).map(root => ({ ...root, properties: { ...root.properties, ...search } }));
  }
  const inputs = shapes.forms(operation.input ?? { type: 'object', additionalProperties: false }, asked);
  if (kind === 'action') return inputs;
  const always = shape => ({ shape, always: true });
  const object = properties => [{ type: 'object', properties }];
  return inputs.map(input => ({
    type: 'object',
    when: input.when,
    properties: {
      input: always([input]),
      gate: always(ANY),
      window: always(object({ from: always(DAY), to: always(DAY), day: always(DAY) })),
      watch: always(object({ key: always(ANY), keys: always([{ type: 'array', items: ANY }]) })),
    },
  }));
}

function requestProblems({ template, paging }, placing, descriptions) {
  return pathsOf(template).flatMap(path => {
    const asked = literalPaths(path, template, placing);
    return asked.flatMap(candidate => {
      const operation = descriptions.find(template.method, candidate);
      if (!operation) return [{ operation: `${template.method} ${candidate}`, place: 'path', problem: 'is in no file' }];
      const found = [
        ...pathProblems(path, template, operation, placing),
        ...queryProblems(template, paging, operation, placing),
        ...bodyProblems(template, paging, operation, placing),
      ];
      return found.map(problem => ({ operation: operation.name, ...problem }));
    });
  });
}

// What a placeholder of the path stands for.
function segmentShape(pointer, { segments = {} }, placing) {
  if (pointer in segments) return placing.place(segments[pointer]).shape;
  return placing.find(pointer.startsWith('/') ? pointer : `/${pointer}`).shape;
}

// A placeholder with a few known values may stand for literal segments of the description ("/{channel}/contacts"), and one
// of the template's `segments` for several.
function literalPaths(path, template, placing) {
  let paths = [''];
  for (const segment of path.split('/').slice(1)) {
    const pointer = placeholderOf(segment);
    let choices = [segment];
    if (pointer !== undefined) {
      const shape = segmentShape(pointer, template, placing);
      const isFinite = shape.length > 0 && shape.every(atom => atom.values?.every(value => ['string', 'array'].includes(typeOf(value))));
      choices = isFinite ? shape.flatMap(atom => atom.values).map(value => [value].flat().map(encodeURIComponent).join('/')) : ['{}'];
    }
    paths = paths.flatMap(start => choices.map(choice => `${start}/${choice}`));
  }
  return paths;
}

function pathProblems(path, template, operation, placing) {
  const fit = new Fit(operation.description, true);
  const own = path.split('/');
  // A placeholder of several segments is literal in the description; without one, segments stand side by side.
  if (own.length !== operation.segments.length) return [];
  return own.flatMap((segment, i) => {
    const pointer = placeholderOf(segment);
    const name = placeholderOf(operation.segments[i]);
    if (pointer === undefined || name === undefined) return [];
    const parameter = operation.parameters.find(each => each.in === 'path' && each.name === name);
    return parameter ? fit.problems(segmentShape(pointer, template, placing), parameter.schema ?? {}, `path.${name}`) : [];
  });
}

function queryProblems({ query = {} }, paging, operation, placing) {
  const fit = new Fit(operation.description, true);
  const known = operation.parameters.filter(parameter => parameter.in === 'query');
  const sent = { ...paged(paging, 'query') };
  for (const [name, node] of Object.entries(query)) {
    const { shape, presence } = placing.place(node);
    if (presence !== 'never') sent[name] = { shape, always: presence === 'always' };
  }
  const found = [];
  const met = new Set();
  for (const [name, { shape, always }] of Object.entries(sent)) {
    const parameter = known.find(each => each.name === name || each.name === `${name}[]`);
    if (!parameter) {
      found.push({ place: `query.${name}`, problem: 'is not known' });
      continue;
    }
    if (always) met.add(parameter);
    const schema = operation.description.resolve(parameter.schema ?? {});
    // A list is written as name[]=1&name[]=2, so one that takes single values written that way takes ours.
    const isList = parameter.name.endsWith('[]') && schema.type !== 'array';
    found.push(...fit.problems(isList ? shape.flatMap(atom => atom.items ?? [atom]) : shape, schema, `query.${name}`));
  }
  for (const parameter of known)
    if (parameter.required && !met.has(parameter)) found.push({ place: `query.${parameter.name}`, problem: 'is required and not always sent' });
  return found;
}

const CONTENT = { json: 'application/json', form: 'application/x-www-form-urlencoded', multipart: 'multipart/form-data' };

function bodyProblems({ body, content = 'json' }, paging, operation, placing) {
  const more = paged(paging, 'body');
  const placed = body === undefined ? { presence: 'never' } : placing.place(body);
  if (placed.presence === 'never' && Object.keys(more).length === 0)
    return operation.bodyRequired && operation.body ? [{ place: 'body', problem: 'is required and not sent' }] : [];
  if (!operation.body) return [{ place: 'body', problem: 'is sent; none is known' }];
  if (operation.content !== CONTENT[content]) return [{ place: 'body', problem: `is ${CONTENT[content]}, not ${operation.content}` }];
  const given = placed.shape ?? [{ type: 'object' }];
  const shape = (content === 'multipart' ? withFiles(given) : given).map(atom =>
    atom.type === 'object' ? { ...atom, properties: { ...atom.properties, ...more } } : atom);
  return new Fit(operation.description, content !== 'json').problems(shape, operation.body, 'body');
}

// In a form of several parts an object of filename and content is a file, which is bytes to the description.
function withFiles(shape) {
  return shape.map(atom => {
    if (atom.type === 'array') return { ...atom, items: withFiles(atom.items ?? []) };
    if (atom.type !== 'object') return atom;
    const { properties = {} } = atom;
    if (properties.filename && properties.content) return { type: 'string', when: atom.when };
    const inside = Object.entries(properties).map(([name, member]) => [name, { ...member, shape: withFiles(member.shape) }]);
    return { ...atom, properties: Object.fromEntries(inside) };
  });
}

// What paging adds to a request.
function paged({ in: where = 'query', size, from, after } = {}, wanted) {
  if (where !== wanted) return {};
  const sent = {};
  if (size?.name) sent[size.name] = { shape: literal(size.value), always: true };
  if (from) sent[from.name] = { shape: [{ type: 'integer', bounds: { minimum: from.first ?? 0 } }], always: true };
  if (after) sent[after.name] = { shape: ANY, always: false };
  return sent;
}
