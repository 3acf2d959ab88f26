// CRM products and their categories [OA:crm]. A list row has one price, a single product has all of them; categories
// come as a tree inside a list of one.

import { created, emptyAnswer, noContent } from '../answers.mjs';
import { assignGiven, crmCheck, crmRefusal, found, invalid, oneOf } from '../crm_refusals.mjs';

const productOf = ({ account, params }) => found(account.crm.products, params.productId, 'Product');
const amount = (account, value) => (account.settings.numbers_as_strings && value !== null ? value.toFixed(2) : value);

const priceRow = (account, { id, currency, value, oldValue, isDefault, productId }) => ({
  id,
  currency,
  value: amount(account, value),
  oldValue: amount(account, oldValue),
  isDefault,
  productId,
});

const listRow = (account, product) => {
  const price = product.prices.find(({ isDefault }) => isDefault) ?? product.prices[0];
  return {
    id: product.id,
    name: product.name,
    userId: account.userId,
    images: product.images,
    vendorCode: product.vendorCode,
    type: product.type,
    categoryId: product.categoryId,
    visible: Boolean(product.visible),
    balance: product.balance,
    price: price ? { id: price.id, currency: price.currency, value: amount(account, price.value), oldValue: amount(account, price.oldValue) } : [],
    countSales: product.sold,
    createdAt: account.stamp(product.createdAt),
    typeProduct: product.productType,
  };
};

const details = (account, product) => ({
  id: product.id,
  name: product.name,
  description: product.description,
  shortDescription: product.shortDescription,
  images: product.images,
  vendorCode: product.vendorCode,
  type: product.type,
  categoryId: product.categoryId,
  balance: product.balance,
  availability: product.availability,
  visible: product.visible,
  userId: account.userId,
  seo: product.seo,
  prices: product.prices.map(price => priceRow(account, price)),
  sections: product.sections,
  digitalInfo: product.digitalInfo ?? {},
});

const FILTER = {
  categoryId: 'number', dateFrom: 'date', dateTo: 'date', search: 'string', balance: 'object', description: 'string', purchases: 'object',
  price: 'object', visible: 'number', typeProduct: 'number', limit: 'number', offset: 'number', orderBy: 'object', sections: 'object[]', categoryIds: 'number[]',
};
const COMPARISONS = { '=': (a, b) => a === b, '>=': (a, b) => a >= b, '<=': (a, b) => a <= b };
const SORTED_BY = { id: ({ id }) => id, balance: ({ balance }) => balance?.value ?? 0, price: ({ prices: [price] }) => price?.value ?? 0 };

function compares(wanted, value, name) {
  if (wanted === undefined) return true;
  if (!COMPARISONS[wanted.expression] || !Number.isFinite(wanted.value)) throw invalid(name, 'is invalid');
  return value !== undefined && COMPARISONS[wanted.expression](value, wanted.value);
}

// The price, the price before, or both.
function comparesPrice(wanted, price) {
  if (wanted === undefined) return true;
  const { expression, value, oldValue } = crmCheck(wanted, { expression: 'text!', currency: 'text!', value: 'number', oldValue: 'number' });
  if (value === undefined && oldValue === undefined) throw invalid('price', 'is invalid');
  return (value === undefined || compares({ expression, value }, price?.value, 'price')) &&
    (oldValue === undefined || compares({ expression, value: oldValue }, price?.oldValue, 'price'));
}

function list({ account, body }) {
  crmCheck(body, FILTER);
  oneOf(body, 'visible', [0, 1]);
  oneOf(body, 'typeProduct', [1, 2]);
  for (const each of body.sections ?? []) crmCheck(each, { key: 'text!', value: 'string!' });
  const { fieldName = 'id', direction = 'asc' } = crmCheck(body.orderBy ?? {}, { fieldName: 'string!', direction: 'string' });
  if (!SORTED_BY[fieldName] || !['asc', 'desc'].includes(direction)) throw invalid('orderBy', 'is invalid');
  const day = product => account.stamp(product.createdAt).slice(0, 10);
  const rows = [...account.crm.products.values()].filter(
    product =>
      (body.search === undefined || `${product.name} ${product.vendorCode}`.toLowerCase().includes(body.search.toLowerCase())) &&
      (body.categoryId === undefined || product.categoryId === body.categoryId) &&
      (body.visible === undefined || Number(product.visible) === body.visible) &&
      (body.dateFrom === undefined || day(product) >= body.dateFrom) &&
      (body.dateTo === undefined || day(product) <= body.dateTo) &&
      (body.categoryIds === undefined || body.categoryIds.includes(product.categoryId)) &&
      (body.typeProduct === undefined || product.productType === body.typeProduct) &&
      (body.description === undefined || product.description.includes(body.description)) &&
      (body.sections ?? []).every(({ key, value }) => product.sections.some(({ values }) => values.some(each => each.key === key && each.value === value))) &&
      compares(body.purchases, product.sold, 'purchases') &&
      compares(body.balance, product.balance?.value, 'balance') &&
      comparesPrice(body.price, product.prices.find(({ currency }) => currency === body.price?.currency)),
  );
  rows.sort((a, b) => (SORTED_BY[fieldName](a) - SORTED_BY[fieldName](b) || a.id - b.id) * (direction === 'desc' ? -1 : 1));
  const { limit = 20, offset = 0 } = body;
  if (limit < 1 || limit > 100) throw invalid('limit', 'may not be greater than 100');
  return { data: rows.slice(offset, offset + limit).map(product => listRow(account, product)) };
}

const BALANCE = { type: 'number!', value: 'number!', oldValue: 'number' };
const PRODUCT = {
  name: 'text', description: 'string', shortDescription: 'string', images: 'string[]', vendorCode: 'string', categoryId: 'number', balance: 'object',
  availability: 'number', visible: 'number', seo: 'object', digitalInfo: 'object',
};
const DIGITAL = { productLink: 'text', productLinkPreview: 'text', isProductLinkExternal: 'boolean', isProductLinkPreviewExternal: 'boolean' };
const NEW_SECTION = [{ name: 'text!', status: 'number', values: 'object[]' }, { key: 'text!', value: 'string!', status: 'number' }];
const PRICE = { id: 'number', currency: 'text!', value: 'number!', oldValue: 'number', isDefault: 'boolean' };

function checkPrice(price) {
  crmCheck(price, PRICE);
  for (const name of ['value', 'oldValue']) if (price[name] < 0.01 || price[name] > 999_999_999.99) throw invalid(name, 'must be between 0.01 and 999999999.99');
}

function checkProduct(account, body, description) {
  crmCheck(body, description);
  if (body.balance) crmCheck(body.balance, BALANCE);
  if (body.seo) crmCheck(body.seo, { name: 'string', description: 'string', keys: 'string' });
  oneOf(body, 'availability', [1, 2, 3]);
  oneOf(body, 'visible', [0, 1]);
  oneOf(body, 'productType', [1, 2, 3]);
  if (body.digitalInfo) crmCheck(body.digitalInfo, DIGITAL);
  checkSections(body.sections ?? [], ...NEW_SECTION);
  if (body.categoryId !== undefined) found(account.crm.categories, body.categoryId, 'Category');
  for (const price of body.prices ?? []) checkPrice(price);
}

function setPrices(call) {
  const product = productOf(call);
  crmCheck(call.body, { prices: 'object[]!' });
  for (const price of call.body.prices) {
    checkPrice(price);
    if (price.id === undefined) call.account.crm.addPrice(product, price);
    else {
      const old = product.prices.find(({ id }) => id === price.id);
      if (!old) throw invalid('prices', 'is invalid');
      assignGiven(old, price, ['currency', 'value', 'oldValue', 'isDefault']);
    }
  }
  return emptyAnswer(200);
}

function tree(crm, parentId = 0, depth = 0) {
  return [...crm.categories.values()]
    .filter(category => category.parentId === parentId)
    .map(({ id, name }) => ({ id, name, parent_id: parentId, depth, path: id, children: tree(crm, id, depth + 1) }));
}

const categoryRow = (account, { id, name, parentId }) => ({ id, name, userId: account.userId, parentId });
const categoryOf = ({ account, params }) => found(account.crm.categories, params.categoryId, 'Category');

function checkCategory({ account, body }, description) {
  crmCheck(body, description);
  if (body.parentId) found(account.crm.categories, body.parentId, 'Category');
}

function addToDeal({ account, body }) {
  crmCheck(body, { productId: 'number!', dealId: 'number!', productPriceISO: 'text', productPriceValue: 'number', quantity: 'number', allow_out_of_stock: 'boolean' });
  const product = found(account.crm.products, body.productId, 'Product');
  const deal = found(account.crm.deals, body.dealId, 'Deal');
  const { quantity = 1, productPriceValue: price = 0, productPriceISO: currency = 'UAH' } = body;
  if (!body.allow_out_of_stock && product.balance && product.balance.value < quantity) throw invalid('quantity', 'is more than there is');
  deal.products.set(product.id, { id: account.crm.nextId('dealProduct'), product, quantity, price, currency });
  return emptyAnswer(200);
}

function checkSections(sections, section, value) {
  for (const each of sections) {
    crmCheck(each, section);
    oneOf(each, 'status', [0, 1]);
    for (const one of each.values ?? []) {
      crmCheck(one, value);
      oneOf(one, 'status', [0, 1]);
      if (one.value?.length > 2000) throw invalid('value', 'may not be greater than 2000 characters');
    }
  }
}

function withId(list, id, what) {
  const item = list.find(each => each.id === id);
  if (!item) throw crmRefusal(404, `${what} not found`);
  return item;
}

export const crmProducts = {
  'POST /crm/v1/products/all': list,
  'POST /crm/v1/products': ({ account, body }) => {
    checkProduct(account, body, { ...PRODUCT, name: 'text!', type: 'number', productType: 'number', prices: 'object[]', sections: 'object[]' });
    return created({ data: details(account, account.crm.addProduct({ prices: [], ...body })) });
  },
  'GET /crm/v1/products/categories': ({ account }) => ({ data: [{ tree: tree(account.crm), count: account.crm.categories.size }] }),
  'POST /crm/v1/products/categories': call => {
    checkCategory(call, { name: 'text!', parentId: 'number', sections: 'object[]' });
    checkSections(call.body.sections ?? [], ...NEW_SECTION);
    return created({ data: categoryRow(call.account, call.account.crm.addCategory(call.body.name, call.body.parentId, call.body.sections)) });
  },
  'PUT /crm/v1/products/categories/{categoryId}': call => {
    checkCategory(call, { name: 'text', parentId: 'number' });
    return { data: categoryRow(call.account, assignGiven(categoryOf(call), call.body, ['name', 'parentId'])) };
  },
  'DELETE /crm/v1/products/categories/{categoryId}': call => {
    call.account.crm.categories.delete(categoryOf(call).id);
    return noContent();
  },
  'POST /crm/v1/products/deals': addToDeal,
  'PUT /crm/v1/products/deals/{headId}': ({ account, params, body }) => {
    crmCheck(body, { quantity: 'integer', amount: 'integer' });
    const entries = [...account.crm.deals.values()].flatMap(deal => [...deal.products.values()]);
    const entry = entries.find(({ id }) => id === Number(params.headId));
    if (!entry) throw crmRefusal(404, 'Product not found');
    if (body.quantity !== undefined) entry.quantity = body.quantity;
    if (body.amount !== undefined) entry.price = body.amount;
    return emptyAnswer(200);
  },
  'DELETE /crm/v1/products/categories/{categoryId}/{productId}/deals/{headId}': call => {
    const product = productOf(call);
    const deal = found(call.account.crm.deals, call.params.headId, 'Deal');
    if (product.categoryId !== Number(call.params.categoryId) || !deal.products.delete(product.id)) throw crmRefusal(404, 'Product not found');
    return emptyAnswer(200);
  },
  'POST /crm/v1/products/{productId}/sections': call => {
    crmCheck(call.body, { sections: 'object[]!' });
    checkSections(call.body.sections, ...NEW_SECTION);
    for (const each of call.body.sections) call.account.crm.addSection(productOf(call), each);
    return emptyAnswer(201);
  },
  'PUT /crm/v1/products/{productId}/sections': call => {
    const { sections } = productOf(call);
    crmCheck(call.body, { sections: 'object[]!' });
    checkSections(call.body.sections, { id: 'number!', name: 'text', status: 'number', values: 'object[]' }, { id: 'number!', key: 'text', value: 'string', status: 'number' });
    for (const each of call.body.sections) {
      const section = assignGiven(withId(sections, each.id, 'Section'), each, ['name', 'status']);
      for (const value of each.values ?? []) assignGiven(withId(section.values, value.id, 'Value'), value, ['key', 'value', 'status']);
    }
    return emptyAnswer(200);
  },
  'DELETE /crm/v1/products/{productId}/sections/{sectionId}': call => {
    const product = productOf(call);
    const section = withId(product.sections, Number(call.params.sectionId), 'Section');
    product.sections = product.sections.filter(each => each !== section);
    return noContent();
  },
  'GET /crm/v1/products/{productId}': call => ({ data: details(call.account, productOf(call)) }),
  'PUT /crm/v1/products/{productId}': call => {
    checkProduct(call.account, call.body, PRODUCT);
    return { data: details(call.account, assignGiven(productOf(call), call.body, Object.keys(PRODUCT))) };
  },
  'DELETE /crm/v1/products/{productId}': call => {
    call.account.crm.products.delete(productOf(call).id);
    return noContent();
  },
  'PUT /crm/v1/products/{productId}/prices': setPrices,
};
