// The human texts beside numeric codes. SendPulse follows the account's language in some of them (verifier texts were
// recorded in Russian [GO]), so a client must decide on the code; settings.lang changes them all.

const TEXTS = {
  en: {
    member: [
      'New',
      'Active',
      'Requires confirmation',
      'Activation requested',
      'Unsubscribed',
      'Rejected',
      'Unsubscribed from all',
      'Delivery error',
    ],
    list: ['Active', 'Deleted', 'Active', 'Awaiting clarification', 'Blocked', 'Temporarily blocked'],
    recipient: {
      0: 'In queue',
      1: 'Sent',
      2: 'Delivered',
      3: 'Opened',
      4: 'Link redirected',
      5: 'Unsubscribed',
      9: 'Rejected as spam',
      10: 'Mailbox is full',
      11: 'Marked as spam',
    },
    sender: { active: 'Active', requested: 'Requested activation' },
  },
  ru: {
    member: [
      'Новый',
      'Активный',
      'Требует подтверждения',
      'Запрошена активация',
      'Отписан',
      'Отклонён',
      'Отписан от всех',
      'Ошибка доставки',
    ],
    list: ['Активна', 'Удалена', 'Активна', 'Ожидает уточнения', 'Заблокирована', 'Временно заблокирована'],
    recipient: {
      0: 'В очереди',
      1: 'Отправлено',
      2: 'Доставлено',
      3: 'Открыто',
      4: 'Переход по ссылке',
      5: 'Отписан',
      9: 'Отклонено как спам',
      10: 'Ящик переполнен',
      11: 'Отмечено как спам',
    },
    sender: { active: 'Активен', requested: 'Запрошена активация' },
  },
  uk: {
    member: [
      'Новий',
      'Активний',
      'Потребує підтвердження',
      'Запитано активацію',
      'Відписаний',
      'Відхилений',
      'Відписаний від усіх',
      'Помилка доставки',
    ],
    list: ['Активна', 'Видалена', 'Активна', 'Очікує уточнення', 'Заблокована', 'Тимчасово заблокована'],
    recipient: {
      0: 'У черзі',
      1: 'Надіслано',
      2: 'Доставлено',
      3: 'Відкрито',
      4: 'Перехід за посиланням',
      5: 'Відписаний',
      9: 'Відхилено як спам',
      10: 'Скринька переповнена',
      11: 'Позначено як спам',
    },
    sender: { active: 'Активний', requested: 'Запитано активацію' },
  },
};

export const memberStatus = (code, lang) => TEXTS[lang].member[Math.min(code, 7)];
export const listStatus = (code, lang) => TEXTS[lang].list[code] ?? '';
export const recipientStatus = (code, lang) => TEXTS[lang].recipient[code];
export const senderStatus = (active, lang) => TEXTS[lang].sender[active ? 'active' : 'requested'];
