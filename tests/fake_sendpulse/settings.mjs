// Every switch of the fake, with its default. A default is the recorded or documented behaviour; where
// SendPulse's behaviour is unknown the default is the awkward choice, so that clients don't rely on the easy one.

export const DEFAULTS = Object.freeze({
  // Limits [DOC; AE rate-limits; SK-E:campaigns]. 0 campaigns an hour means no limit.
  rate_limit: true,
  requests_per_second: 10,
  rate_limit_status: 429,
  campaigns_per_hour: 4,

  // Tokens. Whether a new token ends the older one, and whether refresh tokens rotate, is unknown.
  expires_in: 3600,
  expires_in_as: 'number',
  token_style: 'jwt',
  single_token: false,
  unauthorized_as_200: false,
  refresh_tokens: true,
  refresh_rotation: true,
  refresh_reuse_revokes: true,
  refresh_expires_in: 30 * 86_400,
  require_pkce: true,
  client_auth_required: true,
  authorize: 'auto',
  authorize_account: '',
  authorize_iss: false,
  code_expires_in: 60,

  // List members. The key of `order` and the presence of add_date are undocumented.
  order_ignored: false,
  add_date: true,
  member_order: 'added',
  members_default_limit: 100,
  active_statuses: [0, 1],
  new_status: 1,

  // Campaigns: seconds after the start at which a campaign enters moderation, sending and sent, and how long
  // opens keep arriving.
  campaign_order_ignored: false,
  campaigns_default_order: 'asc',
  campaign_pace: { moderation_s: 5, sending_s: 15, sent_s: 60, opens_for_s: 86_400 },

  // Chatbots: what /chatbots/dialogs is sorted by is undocumented.
  dialogs_by_creation: false,

  // SMS campaigns are listed by the day they are sent or the day they were made: unknown.
  sms_filter: 'sent',

  // Whether a boolean in a query may be "true" or "false": the description's own words say no more than "boolean".
  boolean_words: false,

  // Shape of answers. `page_cap`: mailing lists and their members come in pages of so many at most, whatever `limit`
  // says; 0: none.
  page_cap: 0,
  templates_default_owner: 'sendpulse',
  empty_object_as_array: true,
  numbers_as_strings: false,
  soft_errors: false,
  lang: 'en',
  zone_offset_min: 180,
  tag_delay_s: 2,

  // Transport.
  gzip: false,
  latency_ms: 0,
});

const CHOICES = {
  expires_in_as: ['number', 'string', 'absent'],
  token_style: ['jwt', 'short'],
  authorize: ['auto', 'page', 'deny'],
  member_order: ['added', 'email'],
  campaigns_default_order: ['asc', 'desc'],
  templates_default_owner: ['me', 'sendpulse'],
  sms_filter: ['sent', 'created'],
  lang: ['en', 'ru', 'uk'],
};

const kind = value => (Array.isArray(value) ? 'array' : typeof value);

// Returns a changed copy, or throws a sentence that names what is wrong with the change.
export function changed(settings, change) {
  for (const [name, value] of Object.entries(change)) {
    if (!(name in DEFAULTS)) throw new TypeError(`no such setting: ${name}`);
    if (kind(value) !== kind(DEFAULTS[name])) throw new TypeError(`${name} must be of type ${kind(DEFAULTS[name])}`);
    if (CHOICES[name] && !CHOICES[name].includes(value)) {
      throw new TypeError(`${name} must be one of ${CHOICES[name].join(', ')}`);
    }
  }
  const next = { ...settings, ...change };
  if (change.campaign_pace) next.campaign_pace = { ...settings.campaign_pace, ...change.campaign_pace };
  return next;
}
