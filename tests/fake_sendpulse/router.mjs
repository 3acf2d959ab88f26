// Finds the handler for a method and a path. Patterns are written as in the documents: `/addressbooks/{id}/emails`.
// `{id}` takes digits only; every other name takes one percent-decoded segment. A literal beats a parameter.

export class Router {
  #tables = new Map();

  add(method, pattern, handler) {
    const parts = segments(pattern).map(part => {
      if (!part.startsWith('{')) return { literal: part };
      return { name: part.slice(1, -1), digits: part === '{id}' };
    });
    const key = `${method} ${parts.length}`;
    const table = this.#tables.get(key) ?? [];
    table.push({ parts, handler, pattern });
    table.sort((a, b) => literals(b) - literals(a));
    this.#tables.set(key, table);
  }

  addAll(routes) {
    for (const [name, handler] of Object.entries(routes)) {
      const [method, pattern] = name.split(' ');
      this.add(method, pattern, handler);
    }
  }

  find(method, path) {
    const given = segments(path);
    for (const route of this.#tables.get(`${method} ${given.length}`) ?? []) {
      const params = match(route.parts, given);
      if (params) return { handler: route.handler, pattern: route.pattern, params };
    }
    return null;
  }
}

const literals = route => route.parts.filter(part => part.literal !== undefined).length;

// A trailing slash makes no difference, since SDKs use both forms.
const segments = path => path.split('/').filter((part, i, all) => part !== '' || (i > 0 && i < all.length - 1));

function match(parts, given) {
  const params = {};
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i];
    if (part.literal !== undefined) {
      if (part.literal !== given[i]) return null;
    } else if (part.digits) {
      if (!/^\d{1,15}$/.test(given[i])) return null;
      params.id = Number(given[i]);
    } else {
      try {
        params[part.name] = decodeURIComponent(given[i]);
      } catch {
        return null;
      }
    }
  }
  return params;
}
