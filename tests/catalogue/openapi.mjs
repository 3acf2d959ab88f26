// OpenAPI 3.1 files as a list of operations, and which operation a request is.

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head'];

// One description: its operations are {file, method, base, path, segments, parameters, body, content}; `path` begins after
// `base`, the path of its server.
export class Description {
  constructor(file, document) {
    this.file = file;
    this.document = document;
    this.base = new URL(document.servers[0].url).pathname.replace(/\/$/, '');
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.filter(method => item[method]).map(method => this.operation(path, item, method)),
    );
  }

  operation(path, item, method) {
    const { parameters = [], requestBody } = item[method];
    const body = requestBody && this.resolve(requestBody);
    const [content, media] = Object.entries(body?.content ?? {})[0] ?? [];
    return {
      description: this,
      file: this.file,
      method: method.toUpperCase(),
      base: this.base,
      path,
      name: `${method.toUpperCase()} ${this.base}${path}`,
      segments: (this.base + path).split('/'),
      parameters: [...(item.parameters ?? []), ...parameters].map(parameter => this.resolve(parameter)),
      body: media?.schema,
      bodyRequired: body?.required ?? false,
      content,
    };
  }

  // What a $ref of this file stands for; anything else is itself.
  resolve(node) {
    const seen = new Set();
    while (node?.$ref !== undefined) {
      if (!node.$ref.startsWith('#/') || seen.has(node.$ref)) throw new Error(`${this.file}: ${node.$ref} leads nowhere`);
      seen.add(node.$ref);
      const names = node.$ref.slice(2).split('/').map(name => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
      node = names.reduce((at, name) => at?.[name], this.document);
    }
    return node;
  }
}

// Several descriptions as one.
export class Descriptions {
  constructor(files) {
    this.files = files;
    this.operations = files.flatMap(({ operations }) => operations);
  }

  // The operation of a request's path (without query) or of a template's: where several fit, the one with the longest run
  // of literal segments from the left.
  find(method, path) {
    const wanted = path.split('/');
    const fitting = this.operations.filter(operation => operation.method === method && fits(operation.segments, wanted));
    return fitting.sort((a, b) => literals(b.segments).localeCompare(literals(a.segments)))[0];
  }
}

const isParameter = segment => /^\{.*\}$/.test(segment);
const literals = segments => segments.map(segment => (isParameter(segment) ? '0' : '1')).join('');
const fits = (segments, wanted) =>
  segments.length === wanted.length &&
  segments.every((segment, i) => (isParameter(segment) ? wanted[i] !== '' : segment === wanted[i]));

// The names of all members that the successful answers of an operation have, in their schemas and examples.
export function answersOf({ description, path, method }) {
  const names = new Set();
  const seen = new Set();
  const addNames = value => {
    if (Array.isArray(value)) value.forEach(addNames);
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) {
        names.add(name);
        addNames(member);
      }
  };
  const addSchema = node => {
    const schema = description.resolve(node);
    if (typeof schema !== 'object' || schema === null || seen.has(schema)) return;
    seen.add(schema);
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      names.add(name);
      addSchema(member);
    }
    for (const word of ['items', 'additionalProperties']) addSchema(schema[word]);
    for (const word of ['oneOf', 'anyOf', 'allOf']) (schema[word] ?? []).forEach(addSchema);
    addNames(schema.example);
    addNames(schema.examples);
  };
  for (const [status, answer] of Object.entries(description.document.paths[path][method.toLowerCase()].responses ?? {})) {
    if (!/^(2|default)/.test(status)) continue;
    for (const media of Object.values(description.resolve(answer)?.content ?? {})) {
      addSchema(media.schema);
      addNames(media.example);
      for (const each of Object.values(media.examples ?? {})) addNames(description.resolve(each)?.value);
    }
  }
  return names;
}
