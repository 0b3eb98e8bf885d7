import type { Domain } from './generate.ts';

/** Courses, rooms and marks. */
export const school: Domain = {
  teachers: { rows: 70, columns: { teacher_id: 'serial', surname: 'text', mentor: '-> teachers 15 ?' } },
  rooms: { rows: 55, columns: { room_id: 'serial', floor: 'int 0 4', seats: 'int 8 60' } },
  subjects: { rows: 28, columns: { subject_code: 'code', title: 'text', led_by: '-> teachers' } },
  classes: {
    rows: 36,
    columns: { class_id: 'serial', grade: 'int 5 12', form_teacher: '-> teachers', home_room: '-> rooms' },
  },
  pupils: {
    rows: 850,
    columns: { pupil_id: 'serial', surname: 'text', class_id: '-> classes', born: 'day', height_cm: 'int 110 190' },
  },
  guardians: { rows: 1000, columns: { guardian_id: 'serial', surname: 'text', phone: 'int 100000 999999' } },
  pupil_guardians: {
    rows: 1500,
    key: ['pupil_id', 'guardian_id'],
    columns: { pupil_id: '-> pupils', guardian_id: '-> guardians' },
  },
  lessons: {
    rows: 900,
    columns: {
      lesson_id: 'serial',
      class_id: '-> classes',
      subject_code: '-> subjects',
      teacher_id: '-> teachers',
      room_id: '-> rooms',
      weekday: 'int 1 5',
      period: 'int 1 9',
    },
  },
  marks: {
    rows: 7000,
    columns: { mark_id: 'serial', pupil_id: '-> pupils', lesson_id: '-> lessons', value: 'int 1 6', given_on: 'day' },
  },
};

/** Accounts and what moves between them. */
export const bank: Domain = {
  branches: { rows: 25, columns: { branch_no: 'serial', city: 'text', opened: 'year' } },
  clients: { rows: 900, columns: { client_id: 'uuid', name: 'text', home_branch: '-> branches' } },
  companies: { rows: 150, columns: { client_id: '=> clients 6', tax_no: 'int 100000 999999' } },
  products: { rows: 12, columns: { product_code: 'code', title: 'text', term_months: 'int 1 36' } },
  accounts: {
    rows: 1400,
    columns: {
      account_no: 'serial',
      client_id: '-> clients',
      product_code: '-> products',
      opened: 'day',
      limit_eur: 'int 0 5000',
    },
  },
  cards: {
    rows: 1100,
    columns: { card_id: 'serial', account_no: '-> accounts', holder: '-> clients', pin_tries: 'int 0 3' },
  },
  transfers: {
    rows: 8000,
    columns: {
      transfer_id: 'serial',
      debit_account: '-> accounts',
      credit_account: '-> accounts',
      amount: 'money 1 3000',
      booked_at: 'time',
      reverses: '-> transfers 300 ?',
    },
  },
  loans: {
    rows: 300,
    columns: { loan_id: 'serial', account_no: '-> accounts', granted_by: '-> branches', months: 'int 6 120' },
  },
  instalments: {
    rows: 3000,
    key: ['loan_id', 'number'],
    columns: { loan_id: '-> loans', number: 'part 300 12', due: 'day' },
  },
  reminders: {
    rows: 500,
    columns: { reminder_id: 'serial', loan_id: '-> loans', number: 'int 1 12', sent_on: 'day' },
    composite: [{ columns: ['loan_id', 'number'], to: 'instalments' }],
  },
  disputes: { rows: 0, columns: { dispute_id: 'serial', transfer_id: '-> transfers', opened_by: '-> clients' } },
};

/** Wards, stays and drugs: composite keys that others refer to. */
export const hospital: Domain = {
  wards: { rows: 16, columns: { ward_code: 'code', title: 'text', floor: 'int 0 6' } },
  beds: {
    rows: 240,
    key: ['ward_code', 'bed'],
    columns: { ward_code: '-> wards', bed: 'part 16 30', is_private: 'flag' },
  },
  doctors: {
    rows: 120,
    columns: { doctor_id: 'serial', name: 'text', ward_code: '-> wards', supervisor: '-> doctors 25 ?' },
  },
  patients: { rows: 2000, columns: { patient_id: 'serial', name: 'text', born: 'day', gp: '-> doctors ?' } },
  stays: {
    rows: 2600,
    columns: {
      stay_id: 'serial',
      patient_id: '-> patients',
      admitted_by: '-> doctors',
      ward_code: '-> wards',
      bed: 'int 1 30',
      admitted_at: 'time',
      days: 'int 1 40',
    },
    composite: [{ columns: ['ward_code', 'bed'], to: 'beds' }],
  },
  discharges: { rows: 1200, columns: { stay_id: '=> stays 2', signed_by: '-> doctors', discharged_at: 'time' } },
  drugs: { rows: 180, columns: { drug_id: 'serial', name: 'text', unit_mg: 'int 1 1000' } },
  prescriptions: {
    rows: 6000,
    columns: {
      prescription_id: 'serial',
      stay_id: '-> stays',
      drug_id: '-> drugs',
      doctor_id: '-> doctors',
      doses: 'int 1 20',
    },
  },
  interactions: {
    rows: 400,
    key: ['drug_id', 'other_drug'],
    columns: { drug_id: '-> drugs', other_drug: '-> drugs', severity: 'int 1 4' },
  },
};
