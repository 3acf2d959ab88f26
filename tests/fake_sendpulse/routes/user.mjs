// Who am I. Not in the vendor's description; the official n8n node tests a connection with it [N8N, MC].

function info({ account }) {
  const { profile } = account;
  return {
    id: account.userId,
    email: account.email,
    name: profile.name,
    first_name: profile.first_name,
    last_name: profile.last_name,
    phone: profile.phone,
    phone_confirm: profile.phone !== '',
    country: profile.country,
    city: profile.city,
    currency: profile.currency,
    lang: account.settings.lang,
    locale: account.settings.lang,
    avatar: '',
    time_zone: profile.time_zone,
  };
}

export const user = { 'GET /user/info': info };
