// The file manager [OA:file-manager]. Dates of the filter are UTC, to the minute; sizes are numbers in one list and text in
// another; whether a file exists is told by `result`.

import { noContent } from '../answers.mjs';
import { check } from '../checks.mjs';
import { Files, filesControl, folderOf, nameOf } from '../files.mjs';
import { Refusal } from '../refusals.mjs';

const MB = 1_000_000;
const stamp = ms => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;

function refusal(status, message) {
  const made = new Refusal(status, undefined, message);
  made.body = { success: false, message };
  return made;
}

const invalid = (name, complaint) => refusal(422, `${name} ${complaint}`);

function folder(files, path) {
  const clean = path.length > 1 ? path.replace(/\/$/, '') : path;
  if (!files.folders.has(clean)) throw refusal(404, 'Directory not found');
  return clean;
}

const join = (parent, name) => (parent === '/' ? `/${name}` : `${parent}/${name}`);

function upload({ account, body }) {
  check(body, { content: 'object[]!', pathToStore: 'text!', width: 'digits', height: 'digits' }, invalid);
  if (!body.pathToStore.startsWith('/')) throw invalid('pathToStore', 'is invalid');
  for (const { filename, bytes } of body.content) if (!filename || !Buffer.isBuffer(bytes)) throw invalid('content', 'is no file');
  account.files.folders.add(body.pathToStore);
  for (const { filename, bytes, type } of body.content) account.files.put(join(body.pathToStore, filename), bytes, type);
  return { success: true, message: 'Uploaded' };
}

function contents({ account, params }) {
  const { files } = account;
  const path = folder(files, params.path);
  const folders = [...files.folders].filter(each => each !== '/' && folderOf(each) === path);
  return [
    ...folders.map(each => ({ path: each, name: nameOf(each), isFolder: true, size: 0, filesCount: files.filesIn(each).length })),
    ...files.filesIn(path).map(file => ({ path: file.path, name: nameOf(file.path), isFolder: false, size: file.bytes.length / MB, filesCount: 0 })),
  ];
}

function find({ account, query }) {
  check(query, { search: 'text!', path: 'string' }, invalid);
  const under = query.path ?? '/';
  const rows = [...account.files.files.values()].filter(({ path }) => path.startsWith(under) && nameOf(path).includes(query.search));
  return {
    data: rows.map(({ path, bytes, at }) => ({ path, name: nameOf(path), size: String(bytes.length / MB), date: stamp(at), extension: path.split('.').pop(), thumb: '' })),
  };
}

function filter({ account, body }) {
  check(body, { path: 'text!', fromDate: 'minute?', toDate: 'minute?', sort: 'string?' }, invalid);
  if (!['asc', 'desc', null, undefined].includes(body.sort)) throw invalid('sort', 'is invalid');
  const path = folder(account.files, body.path);
  const minute = text => Date.parse(`${text.replace(' ', 'T')}Z`);
  const rows = account.files.filesIn(path).filter(({ at }) => (!body.fromDate || at >= minute(body.fromDate)) && (!body.toDate || at <= minute(body.toDate)));
  if (body.sort) rows.sort((a, b) => (body.sort === 'asc' ? a.at - b.at : b.at - a.at));
  return rows.map(file => ({ path: file.path, lastModified: stamp(file.at) }));
}

function remove({ account, body }) {
  check(body, { path: 'text!' }, invalid);
  if (!account.files.files.delete(body.path)) throw refusal(404, 'File not found');
  return noContent();
}

function makeFolder({ account, body }) {
  check(body, { pathToStore: 'text!', name: 'text!' }, invalid);
  if (body.name.includes('/')) throw invalid('name', 'is invalid');
  const path = join(folder(account.files, body.pathToStore), body.name);
  if (account.files.folders.has(path)) throw refusal(422, 'Directory exists');
  account.files.folders.add(path);
  return { success: true, message: 'Created' };
}

function tree(files, path = '/') {
  const inside = [...files.folders].filter(each => each !== '/' && folderOf(each) === path);
  return Object.fromEntries(inside.map(each => [nameOf(each), tree(files, each)]));
}

const BASE = '/fm/public/v1';

export const files = {
  name: 'files',
  State: Files,
  control: filesControl,
  routes: {
    [`POST ${BASE}/file`]: upload,
    [`DELETE ${BASE}/file`]: remove,
    [`POST ${BASE}/file/exist`]: ({ account, body }) => {
      check(body, { path: 'text!' }, invalid);
      return { result: account.files.files.has(body.path) };
    },
    [`POST ${BASE}/file/filter`]: filter,
    [`POST ${BASE}/directory`]: makeFolder,
    [`GET ${BASE}/directory`]: ({ account }) => ({ tree: tree(account.files) }),
    [`GET ${BASE}/directory/size`]: ({ account: { files: state } }) => {
      const used = [...state.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0) / MB;
      return { fileCount: state.files.size, directoryCount: state.folders.size, usedSpace: used, tariffStorageSpace: 1024, availableSpace: 1024 - used };
    },
    [`GET ${BASE}/directory/find`]: find,
    [`GET ${BASE}/directory/{path}`]: contents,
  },
};
