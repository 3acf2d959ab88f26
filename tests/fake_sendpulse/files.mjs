// What the file manager of an account holds: folders, and files in them with the moment they were put there.

import { when } from './control_arguments.mjs';

const HOUR = 3_600_000;
export const folderOf = path => path.slice(0, path.lastIndexOf('/')) || '/';
export const nameOf = path => path.slice(path.lastIndexOf('/') + 1);

export class Files {
  #account;

  constructor(account) {
    this.#account = account;
    this.folders = new Set(['/']);
    this.files = new Map();
  }

  seed(name) {
    if (name === 'empty') return;
    this.folders.add('/test');
    this.put('/test/price.csv', Buffer.from('a,b\n'), 'text/csv', this.#account.now - 5 * HOUR);
  }

  put(path, bytes, type = 'application/octet-stream', at = this.#account.now) {
    this.files.set(path, { path, bytes, type, at });
  }

  filesIn(folder) {
    return [...this.files.values()].filter(({ path }) => folderOf(path) === folder);
  }

  describe() {
    return {
      folders: [...this.folders],
      files: [...this.files.values()].map(({ path, bytes, type, at }) => ({ path, type, at, content: bytes.toString('base64') })),
    };
  }
}

export const filesControl = {
  'POST /files': ({ account, body }) => {
    account.files.put(body.path, Buffer.from(body.text ?? 'x'), body.type, when(account, body.at));
    return { path: body.path };
  },
  'DELETE /files': ({ account, body }) => ({ removed: account.files.files.delete(body.path) }),
};
