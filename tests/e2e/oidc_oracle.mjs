// oidc-provider as the oracle: an OpenID-certified authorization server that rotates every refresh token, and revokes
// the whole grant when a used one comes back. It knows one app and signs in everybody as one person.

import Provider from 'oidc-provider';

const PREFIX = '/oidc/';

export class Oracle {
  tokens = new Set(); // every token and code ever issued
  rotations = []; // refresh tokens that were used up, with what happened then
  errors = []; // {error, grant, token} of every refused token request

  constructor({ clientId, clientSecret, lifetimeS, graceS = 0, answerAfterMs = () => 0 }) {
    this.graceS = graceS;
    this.answerAfterMs = answerAfterMs; // a token request has taken effect so long before its answer comes
    const route = name => PREFIX + name;
    this.provider = new Provider('https://api.sendpulse.com', {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/callback'],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      cookies: { keys: ['of the test'] },
      rotateRefreshToken: true,
      issueRefreshToken: async () => true,
      expiresWithSession: async () => false,
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      ttl: { AccessToken: lifetimeS, AuthorizationCode: 60, RefreshToken: 86_400, Grant: 86_400, IdToken: 60, Interaction: 600, Session: 86_400 },
      routes: Object.fromEntries(
        ['authorization', 'token', 'jwks', 'userinfo', 'end_session'].map(name => [name, route(name)]),
      ),
      interactions: { url: (_, { uid }) => route(`interaction/${uid}`) },
      findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
      async loadExistingGrant(ctx) {
        const { provider, client, session } = ctx.oidc;
        const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope('openid');
        await grant.save();
        return grant;
      },
    });
    for (const kind of ['access_token', 'refresh_token', 'authorization_code'])
      this.provider.on(`${kind}.saved`, ({ jti }) => this.tokens.add(jti));
    this.provider.on('refresh_token.consumed', ({ jti }) => this.rotations.push(jti));
    this.provider.on('grant.error', (ctx, { error }) => {
      const { grant_type: grant, refresh_token: token } = ctx.oidc.body ?? {};
      this.errors.push({ error, grant, token });
    });
  }

  owns = path => path.startsWith(PREFIX);

  serve = async (req, res) => {
    const { pathname } = new URL(req.url, 'https://api.sendpulse.com');
    if (pathname.startsWith(`${PREFIX}interaction/`)) {
      await this.provider.interactionFinished(req, res, { login: { accountId: 'ivy' }, consent: {} });
      return;
    }
    if (req.headers['content-type'] === 'application/json') await formOfJson(req);
    if (pathname === `${PREFIX}token`) {
      const end = res.end.bind(res);
      res.end = (...rest) => setTimeout(() => end(...rest), this.answerAfterMs());
    }
    this.provider.callback()(req, res);
  };

  accepts = async token => {
    const found = await this.provider.AccessToken.find(token, { ignoreExpiration: true });
    return found !== undefined && found.exp + this.graceS > Date.now() / 1000;
  };
}

// SendPulse's token endpoint takes JSON, and so the manifest says; RFC 6749 and this server want a form. Only the
// envelope is changed.
async function formOfJson(req) {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) text += chunk;
  req.body = JSON.parse(text);
  req.headers['content-type'] = 'application/x-www-form-urlencoded';
}
