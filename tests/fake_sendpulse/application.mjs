// From a request that was read to an answer that can be written. No sockets here.

import { Answer, json } from './answers.mjs';
import { isObject, readBody } from './arguments.mjs';
import { authorizeEndpoint, grants } from './authorize.mjs';
import { Refusal, refuse, tooManyRequests } from './refusals.mjs';
import { routes } from './routes/index.mjs';
import { OAuthRefusal, tokenEndpoint } from './tokens.mjs';

export function bearerOf(headers) {
  const [kind, value] = (headers.authorization ?? '').split(' ', 2);
  return kind.toLowerCase() === 'bearer' && value ? value : null;
}

export function answerTo(world, request) {
  try {
    if (request.path.startsWith('/oauth/')) return oauth(world, request);
    const answer = call(world, request);
    return answer instanceof Answer ? answer : json(200, answer);
  } catch (error) {
    if (error instanceof OAuthRefusal) return json(error.status, error.body);
    if (error instanceof Refusal) return refused(world.settings, error);
    // What SendPulse does with a badly nested body: 500, HTML, nothing in it [GH sendpulse-rest-api-php/63].
    return { status: 500, headers: { 'content-type': 'text/html' }, body: Buffer.alloc(0), error };
  }
}

function refused(settings, refusal) {
  const asOk = refusal.status === 401 ? settings.unauthorized_as_200 : settings.soft_errors && refusal.status !== 429;
  if (!asOk) return json(refusal.status, refusal.body);
  return json(200, refusal.status === 401 ? refusal.body : { result: false, ...refusal.body });
}

function oauth(world, request) {
  const { method } = request;
  const path = request.path.replace(/\/$/, '');
  const body = () => {
    const read = readBody(request.headers['content-type'], request.body);
    return isObject(read) ? read : {};
  };
  if (path === '/oauth/access_token' && method === 'POST') {
    return json(200, tokenEndpoint(world, request, body(), grants));
  }
  if (path === '/oauth/authorize' && method === 'GET') return page(authorizeEndpoint(world, request.query));
  if (path === '/oauth/authorize' && method === 'POST') {
    const { decision = 'deny', ...query } = body();
    return page(authorizeEndpoint(world, query, decision));
  }
  throw refuse(404);
}

const page = ({ status, headers, body }) => ({ status, headers, body: Buffer.from(body) });

function call(world, request) {
  const bearer = bearerOf(request.headers);
  const account = bearer && world.accountOfBearer(bearer);
  if (!account) throw refuse(401);
  const { settings } = world;
  if (account.plan === 'expired') throw refuse(403);
  if (settings.rate_limit && !world.rateLimit.allows(account.clientId, settings.requests_per_second)) {
    throw tooManyRequests(settings.rate_limit_status);
  }
  const recorded = world.recording?.answerTo(request);
  if (recorded) return recorded;
  const route = routes.find(request.method, request.path);
  if (!route) throw refuse(404);
  // The body of a GET is ignored; the Node SDK sends one.
  const body = request.method === 'GET' ? {} : readBody(request.headers['content-type'], request.body, request.bytes);
  if (!isObject(body)) throw refuse(999);
  return route.handler({ account, params: route.params, query: request.query, body });
}
