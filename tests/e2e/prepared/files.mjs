// What the file actions need. The small account has one file.

import assert from 'node:assert/strict';

const PATH = '/test/price.csv';
const file = ({ files }) => files.files.find(({ path }) => path === PATH);
const one = (_, { items }) => assert.deepEqual(items.map(({ path }) => path), [PATH]);

export const files = {
  name: 'files',
  groups: ['Files'],
  count: 9,
  lookupInput: { files_of_folder: { folder: '/test' } },
  prepared: {
    'file.upload': { after: state => assert.deepEqual([file(state).content, file(state).type], ['YSxiCjEsMgo=', 'text/csv']) },
    'file.list': { after: one },
    'file.find': { after: one },
    'file.filter': { after: one },
    'file.exists': {
      before: ({ fake }) => void fake.control('DELETE', '/files', { path: PATH }),
      after: (_, output) => assert.deepEqual(output, { exists: false }),
    },
    'file.delete': { after: state => assert.equal(file(state), undefined) },
    'folder.create': { after: ({ files: { folders } }) => assert.ok(folders.includes('/test/invoices')) },
    'folder.tree': { after: (_, output) => assert.deepEqual(output, { tree: { test: {} } }) },
  },
};
