// What a handler answers when it is not the usual 200 with JSON: 201, 204, or a file. Handlers return plain values
// otherwise.

export class Answer {
  constructor(status, body, headers) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };

export const json = (status, value) => new Answer(status, Buffer.from(JSON.stringify(value)), JSON_HEADERS);
export const created = value => json(201, value);
export const emptyAnswer = status => new Answer(status, Buffer.alloc(0), {});
export const noContent = () => emptyAnswer(204);
export const file = (bytes, type, name) =>
  new Answer(200, bytes, { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` });
