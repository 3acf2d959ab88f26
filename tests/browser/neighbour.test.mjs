// A program of somebody else on another port of this machine. To a browser it is the same site, and cookies know no ports:
// its pages are given the cookie of the session. They must not get further than that.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { until } from '../e2e/harness.mjs';
import { onScreen } from './screen.mjs';

// What a visitor's browser sends with each request, by path.
async function startNeighbour() {
  const heard = new Map();
  const server = http.createServer((request, response) => {
    heard.set(request.url, request.headers);
    response.setHeader('content-type', 'text/html');
    // The second request is one of the page itself, and so a same-site one: a Strict cookie comes along.
    response.end(request.url === '/' ? '<!doctype html><title>Neighbour</title><script>location = "/second"</script>' : '<!doctype html><title>Second</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { heard, origin: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

// As a program asks, with these headers alone: the status, and the body as far as it came in the first moment.
const ask = (origin, method, path, headers) =>
  new Promise((resolve, reject) => {
    const request = http.request(`${origin}${path}`, { method, headers, agent: false }, answer => {
      let text = '';
      const done = () => (resolve({ status: answer.statusCode, text }), request.destroy());
      answer.setEncoding('utf8').on('data', chunk => {
        text += chunk;
        if (answer.headers['content-type']?.startsWith('text/event-stream')) done();
      });
      answer.on('end', done);
    });
    request.on('error', reject);
    request.end();
  });

test('a page of another port is given the cookie, and the cookie opens nothing', onScreen(async screen => {
  const id = await screen.connectByKeys();
  const neighbour = await startNeighbour();
  try {
    const page = await screen.context.newPage();
    await page.goto(neighbour.origin);
    const { cookie } = await until(() => neighbour.heard.get('/second'), 'the second request of the page');
    assert.match(cookie ?? '', /connector_session=/, 'the browser gives the cookie to every port: that is why it must not be enough');

    // The neighbour's own server uses it, with every header that it can think of.
    const session = await ask(screen.origin, 'GET', '/api/session', { cookie });
    const { csrf_token: csrf = 'x', key = 'x' } = JSON.parse(session.text);
    const headers = { cookie, origin: screen.origin, 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrf, 'x-session-key': key };
    for (const path of ['/api/session', '/api/server', '/api/connections', `/api/connections/${id}`, '/api/triggers', '/api/events', '/api/plugins',
      '/api/plugins/sendpulse/icon', '/api/changes', '/metrics']) {
      assert.equal((await ask(screen.origin, 'GET', path, { cookie })).status, 401, `GET ${path} with the cookie`);
      assert.equal((await ask(screen.origin, 'GET', path, headers)).status, 401, `GET ${path} with more headers`);
    }
    for (const [method, path] of [['POST', '/api/session/links'], ['DELETE', '/api/session'], ['DELETE', `/api/connections/${id}`], ['POST', `/api/connections/${id}/test`]])
      assert.equal((await ask(screen.origin, method, path, headers)).status, 401, `${method} ${path}`);

    // Nor does its page get at the other half, or at an answer.
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    const reached = await page.evaluate(async origin => {
      const read = async init => {
        try {
          const answer = await fetch(`${origin}/api/connections`, { credentials: 'include', ...init });
          return `${answer.type} ${await answer.text()}`;
        } catch {
          return 'refused';
        }
      };
      return [await read({}), await read({ mode: 'no-cors' }), await read({ headers: { 'X-Session-Key': 'x' } })];
    }, screen.origin);
    for (const text of reached) assert.ok(!text.includes(id), text);
    await page.close();
  } finally {
    neighbour.close();
  }

  // Who has the session goes on, in a new tab and from a bookmark too.
  const tab = await screen.context.newPage();
  await tab.goto(`${screen.origin}/#/connections/${id}`);
  await tab.getByRole('heading', { name: 'ivy@maple-thread.example', level: 1 }).waitFor();
  await tab.close();
  await screen.visit('#/');
  await screen.page.locator('img.icon').first().waitFor();
  assert.ok(await screen.page.locator('img.icon').first().evaluate(image => image.naturalWidth > 0), 'the picture is there');
}));
