// Where SendPulse and its own description disagree. An entry is {operation, place, message?, reason}: `operation` is
// "METHOD /path" of the description, `place` where Prism sees the violation. One that nothing meets any more has to go.

export const DIFFERENCES = [
  {
    operation: /^POST \/addressbooks\/\{id\}\/emails$/,
    place: /^request\.body$/,
    reason: 'the description offers two bodies of which exactly one must fit, and every body fits both',
  },
  {
    operation: /^GET \/addressbooks\/\{id\}\/emails$/,
    place: /^response\.body\.\d+\.variables$/,
    reason: 'PHP writes an object without members as []',
  },
  {
    operation: /^GET \/(addressbooks\/\{id\}\/emails(\/total)?|campaigns|templates)$/,
    place: /^request\.query\.(active|not_active|planed|only_active)$/,
    message: /boolean/,
    reason: "its refusals are those of Laravel's boolean rule, which takes 1 and 0 and no words",
  },
  {
    operation: /^GET \/campaigns\/\{id\}\/countries$/,
    place: /^response\.body$/,
    reason: 'no countries yet is []',
  },
  {
    operation: /^POST \/emails(\/campaigns)?$/,
    place: /^response\.body$/,
    reason: 'nothing found is []',
  },
  {
    operation: /^(POST|DELETE) \/smtp\/unsubscribe$/,
    place: /^request\.body$/,
    reason: "the file has the bare list; SendPulse's SDKs and its page send {emails: [...]}",
  },
  {
    operation: /^(GET|POST|PUT) \/crm\/v1\//,
    place: /^response\.body\.data(\.|$)/,
    message: /must be object/,
    reason: 'lists of the CRM are described as one of their elements',
  },
  {
    operation: /^POST \/fm\/public\/v1\/file$/,
    place: /^request\.body\.content\[\]$/,
    message: /must be array/,
    reason: 'one part of a form is no list to Prism',
  },
  {
    operation: /^POST \/fm\/public\/v1\/file\/filter$/,
    place: /^request\.body\.(from|to)Date$/,
    message: /format "date"/,
    reason: 'its own text and example have minutes: Y-m-d H:i',
  },
  {
    operation: /^[A-Z]+ \/(chatbots|telegram|messenger|instagram|whatsapp|viber\/chatbots|live-chat|tiktok)\//,
    place: /^request$/,
    message: /security scheme/,
    reason: 'the files of the chatbots name a security scheme, oAuth2ClientCredentials, that they do not have',
  },
  {
    operation: /^GET \/chatbots\/bots$/,
    place: /^response\.body\.data\.\d+\.channel_data\.id$/,
    reason: "the file has Telegram's kind of id; Messenger's own file says text",
  },
  {
    operation: /^[A-Z]+ \/(chatbots|telegram|messenger|instagram|whatsapp|viber\/chatbots|live-chat|tiktok)\//,
    place: /^response\.body\.(.*\.)?status$/,
    reason: 'of the six statuses of a message that the files describe, some list the first only',
  },
  {
    operation: /^[A-Z]+ \/(chatbots|telegram|messenger|instagram|whatsapp|viber\/chatbots|live-chat|tiktok)\//,
    place: /^response\.body\.(.*\.)?variables$/,
    reason: 'PHP writes an object without members as []',
  },
  {
    operation: /^POST \/(instagram|viber\/chatbots|live-chat|tiktok)\/contacts\/send$/,
    place: /^request\.body$/,
    message: /required property 'message'/,
    reason: 'the file names the member messages, shows it in its examples, and requires message',
  },
  {
    operation: /^POST \/telegram\/contacts\/send$/,
    place: /^request\.body\.message\.type$/,
    reason: "voice messages are in the file's own examples only",
  },
  {
    operation: /^POST \/whatsapp\/contacts\/send$/,
    place: /^request\.body\.message\.interactive\.body$/,
    reason: 'the file says text, and has an object with the text in its example',
  },
  {
    operation: /^POST \/telegram\/campaigns\/send$/,
    place: /^request\.body\.messages\.\d+\.type$/,
    reason: "other content than text is in the file's own examples only",
  },
  {
    operation: /^(POST \/sms\/numbers\/variables|PUT \/sms\/numbers|GET \/sms\/numbers\/info\/.*|(POST|DELETE) \/sms\/black_list|GET \/sms\/campaigns\/info\/.*)$/,
    place: /^response\.body$/,
    message: /must be array/,
    reason: 'recordings have the object itself where the file has a list of one; the plugin takes both',
  },
  {
    operation: /^POST \/(sms\/campaigns|push\/tasks)$/,
    place: /^request\.body\.(date|send_date)$/,
    message: /date-time/,
    reason: 'dates are Y-m-d H:i:s there, whatever the file says',
  },
  {
    operation: /^GET \/v2\/viber-service\/phone-exception$/,
    place: /^response\.body\.data$/,
    message: /must be object/,
    reason: 'the file says nothing of the rows; the plugin takes a list, and one row alone',
  },
  {
    operation: /^(GET|POST|PUT) \/crm\/v1\/pipelines/,
    place: /\.color$/,
    message: /allowed values/,
    reason: 'the file lists two examples as if they were all colors',
  },
  {
    operation: /^(GET|POST|PUT) \/crm\/v1\/tasks/,
    place: /^response\.body\.data\.(parentId|startAt|finishAt|description)$/,
    message: /must be (integer|string)/,
    reason: 'the file knows no null for what is not set, and takes the text of a task for a number',
  },
  {
    operation: /^GET \/edu\/public\/v1\/schools$/,
    place: /^response\.body$/,
    message: /must be object/,
    reason: 'the list of schools is described as one school',
  },
  {
    operation: /^(POST|PUT) \/crm\/v1\/pipelines\/\{pipelineId\}\/attributes/,
    place: /^request\.body$/,
    message: /required property 'pipelineId'/,
    reason: 'it is a parameter of the path, and no member of the body that is described',
  },
  {
    operation: /^POST \/crm\/v1\/contacts\/\{contactId\}\/(emails|attributes\/batch)$/,
    place: /^request\.body$/,
    message: /required property '(email|attributeId|value)'/,
    reason: 'required is said one level above the members that it means',
  },
  {
    operation: /^PUT \/crm\/v1\/deals\/\{dealId\}\/expiration$/,
    place: /^(request\.body|response\.body\.data)\.time$/,
    message: /format "time"/,
    reason: 'a wall-clock time without a zone is meant, which the format time is not',
  },
  {
    operation: /^GET \/chatbots\/dialogs$/,
    place: /^response\.body\.data\.list\.\d+\.last_(in|out)box_message$/,
    reason: 'unknown what a dialog without such a message has: the fake makes the awkward choice, null',
  },
  {
    operation: /^GET \/viber\/task$/,
    place: /^response\.body\.\d+\.status$/,
    reason: 'a campaign that waits has null (recorded)',
  },
  {
    operation: /^(PUT|DELETE) \/crm\/v1\/companies\/(\{companyId\}\/(messengers\/\{messengerId\}|phones\/\{phoneId\})|attributes\/\{attribute\})$/,
    place: /^request\.path$/,
    message: /^Request path must have required property '(entitytype|entityid|attributeid)'$/,
    reason: 'the description declares parameters that are not in its path',
  },
  {
    operation: /^PUT \/crm\/v1\/companies\/\{companyId\}$/,
    place: /^response\.body\.data\.(address|annualBusinessVolume|currency)$/,
    reason: 'unknown what an empty field of a company has: the fake makes the awkward choice, null',
  },
  {
    operation: /^POST \/crm\/v1\/files\/upload$/,
    place: /^request\.body\.files\[\]$/,
    message: /must be array$/,
    reason: 'Prism takes a part of a multipart body that comes once for no list',
  },
  {
    operation: /^POST \/crm\/v1\/contacts$/,
    place: /^request\.body\.attributes\.\d+$/,
    message: /required property 'name'/,
    reason: 'its text offers {attributeId, value} instead of {name, type, value}; its schema has the second only',
  },
  {
    operation: /^POST \/crm\/v1\/tasks$/,
    place: /^request\.body\.repeatSetting\.startDate$/,
    message: /date-time/,
    reason: 'its own text and example have minutes: Y-m-d H:i',
  },
];

// Paths that are documented on pages only, not in any of the files.
export const UNDESCRIBED = [
  { request: /^POST \/oauth\/access_token$/, reason: 'signing in has no file of its own' },
  { request: /^GET \/user\/info$/, reason: 'documented at sendpulse.com/integrations/api only' },
  { request: /^POST \/events\/name\//, reason: "Automation360's events are described in SendPulse's knowledge base only" },
  { request: /^GET \/a360\/autoresponders\/\d+\/conversions\/list\/all$/, reason: "known from SendPulse's users only" },
];

// Where what an entry of ERRATA says is from.
export const SOURCES = {
  example: "the file's own text or example, against its schema",
  pages: "SendPulse's published pages, which the file does not repeat",
  clients: "SendPulse's own clients and guides",
  users: "programs of SendPulse's users",
  reading: 'only a reading of the file that makes sense',
};

// The same for the static check: {operation, place, problem?, source, reason}, where `place` is a parameter of path or query, or a
// member of the body.
export const ERRATA = [
  {
    operation: /^GET \/user\/info$/,
    place: /^path$/,
    source: 'pages',
    reason: 'documented at sendpulse.com/integrations/api only',
  },
  {
    operation: /^POST \/addressbooks\/\{id\}\/emails$/,
    place: /^body\.(sender_email|template_id|message_lang|tags|dont_update|disable_webhook)$/,
    problem: /not known/,
    source: 'pages',
    reason: "the file describes only half of the body; its own refusals and SendPulse's page have these names",
  },
  {
    operation: /^PATCH \/campaigns\/\{id\}$/,
    place: /^body\.(send_date|template_id|sender_name|sender_email)$/,
    problem: /not known/,
    source: 'clients',
    reason: "the file has two of the fields; SendPulse's own guide and its users' SDKs send these as well",
  },
  {
    operation: /^POST \/addressbooks\/\{id\}\/emails\/variable$/,
    place: /^body\.variables\[\]\.value$/,
    problem: /is number/,
    source: 'reading',
    reason: 'variables of type number take numbers; the file has the type of its example',
  },
  {
    operation: /^POST \/(telegram|messenger|whatsapp)\/(contacts\/send(ByPhone)?|campaigns\/send)$/,
    place: /^body\.messages?(\[\])?\.(\*|type|content_type)$|^body\.message\.\*$/,
    problem: /any members|not always sent/,
    source: 'example',
    reason: "content: custom is the channel's own form, written by the person",
  },
  {
    operation: /^POST \/telegram\/contacts\/send$/,
    place: /^body\.message\.(type|action|(carousel\[\]\.)?reply_markup\.inline_keyboard\[\]\[\]\.(url|data))$/,
    source: 'example',
    reason: "in the file's own examples: voice messages, typing, the address and the flow of a button",
  },
  {
    operation: /^POST \/messenger\/contacts\/send$/,
    place: /^body\.message\.data\.attachment\.payload\.elements\[\]\.buttons\[\]\.data$/,
    source: 'example',
    reason: "in the file's own example: the flow of a button",
  },
  {
    operation: /^POST \/whatsapp\/contacts\/send$/,
    place: /^body\.message\.interactive\.body$/,
    source: 'example',
    reason: 'the file says text, and has an object with the text in its example',
  },
  {
    operation: /^POST \/telegram\/campaigns\/send$/,
    place: /^body\.(filter|messages\[\]\.(type|message\.(photo|document|audio|voice|video|carousel|caption|parse_mode|reply_markup)))$/,
    source: 'example',
    reason: "in the file's own examples: other content than text, and the filter of the whole campaign",
  },
  {
    operation: /^POST \/whatsapp\/(contacts\/send(ByPhone)?|campaigns\/send)$/,
    place: /^body\.messages?(\[\])?\.document$/,
    source: 'example',
    reason: "the file's own examples have document, its schema file",
  },
  {
    operation: /^POST \/whatsapp\/(contacts|campaigns)\/sendTemplate(ByPhone)?$/,
    place: /^body\.template\.components\[\]\.(sub_type|index|parameters\[\]\.(text|document|to_chain_id))$/,
    source: 'example',
    reason: "in the file's own examples: texts, files and buttons of templates",
  },
  {
    operation: /^POST \/(instagram|viber\/chatbots|live-chat|tiktok)\/contacts\/send$/,
    place: /^body\.message$/,
    problem: /not always sent/,
    source: 'example',
    reason: 'the file names the member messages, shows it in its examples, and requires message',
  },
  {
    operation: /^POST \/messenger\/campaigns\/send$/,
    place: /^body\.messages\[\]\.data\.(text|attachment\.(type|payload\.(template_type|elements\[\]\.(title|subtitle|image_url|buttons))))$/,
    source: 'example',
    reason: "in the file's own examples: texts, pictures and cards",
  },
  {
    operation: /^POST \/events\/name\/\{\}$/,
    place: /^path$/,
    source: 'pages',
    reason: "known from SendPulse's knowledge base only",
  },
  {
    operation: /^GET \/a360\/autoresponders\/\{\}\/conversions\/list\/all$/,
    place: /^path$/,
    source: 'users',
    reason: "known from SendPulse's users only",
  },
  {
    operation: /^POST \/(sms\/campaigns|push\/tasks)$/,
    place: /^body\.(date|send_date)$/,
    problem: /not as date-time/,
    source: 'clients',
    reason: 'dates are Y-m-d H:i:s there, whatever the file says',
  },
  {
    operation: /^POST \/viber$/,
    place: /^body\.recipients\[\]$/,
    problem: /is number, not integer/,
    source: 'reading',
    reason: 'the form takes digits only',
  },
  {
    operation: /^(POST|DELETE) \/smtp\/unsubscribe$/,
    place: /^body$/,
    problem: /is object, not array/,
    source: 'clients',
    reason: "the file has the bare list; SendPulse's SDKs and its page send {emails: [...]}",
  },
  {
    operation: /^(POST|PUT) \/crm\/v1\/pipelines\/\{pipelineId\}\/steps/,
    place: /^body\.color$/,
    problem: /may be any string/,
    source: 'reading',
    reason: 'the file lists two examples as if they were all colors',
  },
  {
    operation: /^(POST|PUT) \/crm\/v1\/pipelines\/\{pipelineId\}\/attributes/,
    place: /^body\.pipelineId$/,
    problem: /is required/,
    source: 'reading',
    reason: 'it is a parameter of the path, and no member of the body that is described',
  },
  {
    operation: /^POST \/crm\/v1\/contacts\/\{contactId\}\/(emails|attributes\/batch)$/,
    place: /^body\.(email|attributeId|value)$/,
    problem: /is required/,
    source: 'reading',
    reason: 'required is said one level above the members that it means',
  },
  {
    operation: /^POST \/crm\/v1\/tasks$/,
    place: /^body\.repeatSetting\.startDate$/,
    problem: /not as date-time/,
    source: 'example',
    reason: 'its own text and example have minutes: Y-m-d H:i',
  },
  {
    operation: /^POST \/crm\/v1\/contacts$/,
    place: /^body\.attributes\[\]\.(name|attributeId)$/,
    source: 'example',
    reason: 'its text offers {attributeId, value} instead of {name, type, value}; its schema has the second only',
  },
  {
    operation: /^PUT \/crm\/v1\/deals\/\{dealId\}\/expiration$/,
    place: /^body\.time$/,
    problem: /not as time/,
    source: 'example',
    reason: 'a wall-clock time without a zone is meant, which the format time is not',
  },
];

// What is told about violations, and which entries were met.
export class Ledger {
  constructor() {
    this.met = new Map();
  }

  // The entry that explains it, if any. `name` is the operation's or the request's.
  explain(name, violation) {
    const entry = violation
      ? DIFFERENCES.find(({ operation, place, message }) =>
          operation.test(name) && place.test(violation.place) && (message?.test(violation.message) ?? true))
      : UNDESCRIBED.find(({ request }) => request.test(name));
    if (entry) this.met.set(entry, (this.met.get(entry) ?? 0) + 1);
    return entry;
  }

  unmet() {
    return [...DIFFERENCES, ...UNDESCRIBED].filter(entry => !this.met.has(entry));
  }
}
