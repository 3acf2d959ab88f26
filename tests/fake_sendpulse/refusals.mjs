// What SendPulse says when it says no. Codes: [AE errors, OA:bulk-email]. The HTTP status is
// published for some calls of the mailing lists and templates only; for the others it is inferred from those.

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.body = { message, error_code: code };
  }
}

const KNOWN = {
  10: [422, 'The sender address is missing or invalid'],
  14: [404, 'There is no such email'],
  17: [422, 'Email is not valid'],
  19: [422, 'It exists already'],
  21: [422, 'Nothing is awaiting activation'],
  31: [404, 'Template not found'],
  201: [422, 'The list name is empty'],
  203: [422, 'The list name is in use'],
  211: [422, 'The list is empty'],
  213: [404, 'Mailing list not found'],
  290: [404, 'Template not found'],
  299: [404, 'Variable not found'],
  303: [422, 'There are no emails'],
  401: [401, 'Unauthorized!'],
  403: [403, 'The account has expired'],
  404: [404, 'Not found'],
  422: [422, 'The data is not valid'],
  502: [422, 'The email address is not in the list'],
  573: [422, 'The template name is in use'],
  602: [422, 'The campaign is gone or sent already'],
  701: [422, 'The sender is missing'],
  703: [404, 'The list for the campaign was not found'],
  704: [422, 'The sender was not found'],
  707: [422, 'The balance is depleted'],
  708: [422, 'More recipients than the plan allows'],
  720: [422, 'The subject is empty'],
  721: [422, 'The message is empty'],
  722: [422, 'The list id is missing'],
  791: [422, 'More than 4 campaigns in an hour'],
  799: [422, 'The date is wrong or in the past'],
  802: [404, 'Campaign not found'],
  901: [422, 'The sender name is missing'],
  902: [422, 'The sender address is in use'],
  903: [422, 'The sender email is missing'],
  999: [400, 'The data is badly formed'],
  1003: [422, 'Sender not found'],
  1004: [422, 'The code was sent already, wait 15 minutes'],
  1005: [422, 'The confirmation failed'],
  1104: [422, 'The code is missing'],
  2900: [422, 'Layout editor templates cannot be edited'],
  3030303030: [403, 'The plan does not include this'],
};

export function refuse(code, message) {
  const [status, usual] = KNOWN[code];
  return new Refusal(status, code, message ?? usual);
}

export const tooManyRequests = status => new Refusal(status, 2020202020, 'More than 10 requests in a second');

// Validation always has code 422 and names the argument [AE errors].
export const invalidArgument = (name, complaint) => new Refusal(422, 422, `Argument ${name} ${complaint}`);
