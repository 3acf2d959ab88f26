// The CRM, put together of its parts.

import { Crm, crmControl } from '../crm.mjs';
import { crmCompanies } from './crm_companies.mjs';
import { crmOffice } from './crm_office.mjs';
import { crmPipelines } from './crm_pipelines.mjs';
import { crmProducts } from './crm_products.mjs';
import { crmRecords } from './crm_records.mjs';
import { crmTaskParts } from './crm_task_parts.mjs';
import { crmTasks } from './crm_tasks.mjs';

export const crm = {
  name: 'crm',
  State: Crm,
  control: crmControl,
  routes: { ...crmPipelines, ...crmTasks, ...crmTaskParts, ...crmProducts, ...crmRecords, ...crmCompanies, ...crmOffice },
};
