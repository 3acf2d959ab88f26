// Reads a multipart/form-data body (RFC 7578) strictly: what a lenient server would overlook is null here.
// A file part becomes {filename, type, bytes}; `name[]` collects.

const CRLF = '\r\n';

function headersOf(text) {
  const headers = {};
  for (const line of text.split(CRLF)) {
    const colon = line.indexOf(':');
    if (colon < 1) return null;
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function put(form, name, value) {
  const list = /^([^[]+)\[\]$/.exec(name);
  if (!list) form[name] = value;
  else (form[list[1]] ??= []).push(value);
}

function readPart(form, part) {
  const end = part.indexOf(CRLF + CRLF);
  const headers = end < 0 ? null : headersOf(part.subarray(0, end).toString());
  const name = /^form-data;.*\bname="([^"]*)"/.exec(headers?.['content-disposition'] ?? '')?.[1];
  if (!name) return false;
  const filename = /\bfilename="([^"]*)"/.exec(headers['content-disposition'])?.[1];
  const bytes = part.subarray(end + 4);
  put(form, name, filename === undefined ? bytes.toString() : { filename, type: headers['content-type'], bytes });
  return true;
}

export function readMultipart(contentType, body) {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (!boundary) return null;
  const mark = Buffer.from(`--${boundary}`);
  const form = {};
  let at = body.indexOf(mark);
  if (at !== 0) return null;
  for (;;) {
    at += mark.length;
    const after = body.subarray(at, at + 2).toString();
    if (after === '--') return form;
    const next = body.indexOf(mark, at);
    if (after !== CRLF || next < 0 || body.subarray(next - 2, next).toString() !== CRLF) return null;
    if (!readPart(form, body.subarray(at + 2, next - 2))) return null;
    at = next;
  }
}
