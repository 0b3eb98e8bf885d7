import type { Domain } from './generate.ts';

/** A web shop: numbers as keys, an optional self-reference, lines of orders. */
export const shop: Domain = {
  countries: { rows: 40, columns: { country_id: 'serial', name: 'text', population: 'int 100000 90000000' } },
  customers: {
    rows: 800,
    columns: {
      customer_id: 'serial',
      name: 'text',
      country_id: '-> countries',
      age: 'int 18 90',
      invited_by: '-> customers ?',
      joined_at: 'time',
    },
  },
  suppliers: {
    rows: 45,
    columns: { supplier_id: 'serial', name: 'text', country_id: '-> countries', rating: 'int 1 5' },
  },
  categories: {
    rows: 24,
    columns: { category_id: 'serial', name: 'text', parent_id: '-> categories 8 ?', position: 'int 1 10' },
  },
  products: {
    rows: 300,
    columns: {
      product_id: 'serial',
      title: 'text',
      category_id: '-> categories',
      supplier_id: '-> suppliers',
      price: 'money 2 400',
      in_stock: 'int 0 120',
      weight_g: 'int 20 9000',
    },
  },
  orders: {
    rows: 2600,
    columns: {
      order_id: 'serial',
      customer_id: '-> customers',
      ship_country: '-> countries',
      placed_at: 'time',
      status: 'int 0 5',
      discount: 'int 0 30',
    },
  },
  order_items: {
    rows: 6000,
    key: ['order_id', 'line'],
    columns: { order_id: '-> orders', line: 'part 2600 4', product_id: '-> products', quantity: 'int 1 12' },
  },
  shipments: {
    rows: 1500,
    columns: { shipment_id: 'serial', order_id: '-> orders', line: 'int 1 4', sent_at: 'time' },
    composite: [{ columns: ['order_id', 'line'], to: 'order_items' }],
  },
  reviews: {
    rows: 900,
    columns: { review_id: 'serial', product_id: '-> products', customer_id: '-> customers', stars: 'int 1 5' },
  },
  wishes: { rows: 0, columns: { wish_id: 'serial', customer_id: '-> customers', product_id: '-> products' } },
};

/** Recordings and who sells them: bridging tables, lookups, references under other names. */
export const mediaStore: Domain = {
  genres: { rows: 18, columns: { id: 'serial', name: 'text' } },
  artists: { rows: 260, columns: { id: 'serial', name: 'text', formed: 'year' } },
  labels: { rows: 33, columns: { id: 'code', name: 'text' } },
  albums: {
    rows: 420,
    columns: { id: 'serial', artist_id: '-> artists', label_code: '-> labels', title: 'text', released: 'year' },
  },
  tracks: {
    rows: 3900,
    columns: { id: 'serial', album_id: '-> albums', genre_id: '-> genres', seconds: 'int 90 600', place: 'int 1 14' },
  },
  playlists: { rows: 60, columns: { id: 'serial', name: 'text', owner: '-> listeners 50' } },
  playlist_tracks: {
    rows: 2500,
    key: ['playlist_id', 'track_id'],
    columns: { playlist_id: '-> playlists', track_id: '-> tracks' },
  },
  listeners: {
    rows: 500,
    columns: { id: 'serial', email: 'text', favourite: '-> artists ?', referred_by: '-> listeners ?' },
  },
  plays: {
    rows: 9000,
    columns: {
      id: 'serial',
      listener_id: '-> listeners',
      track_id: '-> tracks',
      played_at: 'time',
      volume: 'int 0 100',
    },
  },
};

/** People who work somewhere: UUIDs, shared keys, a boss. */
export const staff: Domain = {
  people: { rows: 400, columns: { person_id: 'uuid', full_name: 'text', born: 'day' } },
  departments: { rows: 22, columns: { dept_no: 'code', title: 'text', head: '-> people 22 ?' } },
  jobs: { rows: 30, columns: { job_id: 'serial', title: 'text', min_pay: 'int 1000 4000', max_pay: 'int 4000 9000' } },
  employees: {
    rows: 180,
    columns: {
      person_id: '=> people 2',
      dept_no: '-> departments',
      job_id: '-> jobs',
      manager: '-> employees 20 ?',
      hired: 'day',
      grade: 'int 1 9',
    },
  },
  contractors: { rows: 60, columns: { person_id: '=> people 5', agency: 'word 9', rate: 'int 20 150' } },
  skills: { rows: 50, columns: { skill_id: 'serial', name: 'text' } },
  employee_skills: {
    rows: 700,
    key: ['person_id', 'skill_id'],
    columns: { person_id: '-> employees', skill_id: '-> skills', level: 'int 1 5' },
  },
  payslips: {
    rows: 2400,
    columns: { payslip_id: 'serial', person_id: '-> employees', month: 'int 1 12', gross: 'money 900 9000' },
  },
};
