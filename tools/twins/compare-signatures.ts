import type { Parameter, Signature } from './signature.ts';
import { isSameType } from './type-class.ts';

const headerKeys = ['Purpose', 'Parameters', 'Returns', 'Errors', 'Idempotency'];

/** What the twin of a procedure, function or view (docs/decisions says which is which) does not keep of it. */
export function compareSignatures(postgres: Signature, mssql: Signature): string[] {
  const found = [...wrongHeader(postgres, mssql), ...wrongErrors(postgres, mssql)];
  if (postgres.name !== mssql.name) return [...found, `it makes ${mssql.name}, not ${postgres.name}`];
  if (postgres.kind === 'view' || mssql.kind === 'view') return [...found, ...wrongView(postgres, mssql)];
  found.push(...wrongParameters(postgres.parameters, mssql));
  if (postgres.name.includes('.usp_')) {
    if (mssql.kind !== 'procedure') return [...found, `it is a ${mssql.kind}, not a procedure`];
    return [...found, ...(postgres.is_internal ? wrongInternal(postgres, mssql) : wrongResult(postgres, mssql))];
  }
  return [...found, ...wrongFunction(postgres, mssql)];
}

function wrongHeader(postgres: Signature, mssql: Signature): string[] {
  const wanted = postgres.kind === 'view' ? postgres.header : headerKeys;
  const has = mssql.header.filter((key) => wanted.includes(key));
  return has.join() === wanted.join()
    ? []
    : [`its header has ${has.join(', ') || 'nothing'}; wanted: ${wanted.join(', ')}`];
}

function wrongErrors(postgres: Signature, mssql: Signature): string[] {
  const code = (number: number) => `SR${String(number).padStart(3, '0')}`;
  const missing = postgres.errors.filter((number) => !mssql.errors.includes(number)).map(code);
  const more = mssql.errors.filter((number) => !postgres.errors.includes(number)).map(code);
  return [
    ...(missing.length > 0 ? [`it does not raise ${missing.join(', ')}`] : []),
    ...(more.length > 0 ? [`it raises ${more.join(', ')}, which PostgreSQL's does not`] : []),
  ];
}

function wrongView(postgres: Signature, mssql: Signature): string[] {
  if (mssql.kind !== 'view') return [`it is a ${mssql.kind}, not a view`];
  return wrongColumns(postgres.result_sets[0], mssql.result_sets[0]);
}

/** The same in the same order; behind them SQL Server may have `@into_caller` and a `@result` of functions. */
function wrongParameters(wanted: Parameter[], mssql: Signature): string[] {
  const own = mssql.parameters.filter(
    (parameter) => parameter.name !== 'into_caller' || wanted.some((each) => each.name === parameter.name),
  );
  const names = (list: Parameter[]) => list.map((parameter) => parameter.name).join(', ');
  if (names(wanted) !== names(own))
    return [`its parameters are ${names(own) || 'none'}; wanted: ${names(wanted) || 'none'}`];
  return wanted.flatMap((parameter, at) => {
    const other = own[at];
    if (other && !isSameType(parameter.type, other.type))
      return [`@${parameter.name} is ${other.type}, not ${parameter.type}`];
    if (other && parameter.has_default !== other.has_default) {
      return [
        `@${parameter.name} has ${other.has_default ? 'a' : 'no'} default; PostgreSQL's has ${parameter.has_default ? 'one' : 'none'}`,
      ];
    }
    return [];
  });
}

function wrongResult(postgres: Signature, mssql: Signature): string[] {
  const wanted = postgres.returns.map((column) => column.name);
  if (wanted.length === 0) {
    return mssql.result_sets.length === 0 ? [] : ['it has a result set; PostgreSQL returns nothing'];
  }
  if (mssql.result_sets.length === 0) return [`it has no result set; wanted: ${wanted.join(', ')}`];
  return [...new Set(mssql.result_sets.flatMap((columns) => wrongColumns(wanted, columns)))];
}

/** Rows go to a temporary table that the header names, one row to OUTPUT parameters. */
function wrongInternal(postgres: Signature, mssql: Signature): string[] {
  if (mssql.result_sets.length > 0) return ['it is internal and has a result set'];
  if (postgres.returns.length === 0 || mssql.header_text.includes('#') || /stage/.test(mssql.header_text)) return [];
  const isScalar = postgres.returns.length === 1 && postgres.returns[0]?.name === postgres.name.split('.')[1];
  const taken = new Set(postgres.parameters.map((parameter) => parameter.name));
  const wanted = isScalar
    ? ['result']
    : postgres.returns.map(({ name }) => (taken.has(name) ? `result_${name}` : name));
  const has = mssql.returns.map((parameter) => parameter.name);
  if (wanted.join() !== has.join()) {
    return [
      `its OUTPUT parameters are ${has.join(', ') || 'none'}; wanted: ${wanted.join(', ')}, or a #table in its header`,
    ];
  }
  return postgres.returns.flatMap((column, at) => {
    const other = mssql.returns[at];
    return other && !isSameType(other.type, column.type) ? [`@${other.name} is ${other.type}, not ${column.type}`] : [];
  });
}

function wrongFunction(postgres: Signature, mssql: Signature): string[] {
  // What raises on PostgreSQL cannot be a function of SQL Server that does: it says the fault, or is a procedure.
  if (postgres.errors.length > 0 || mssql.kind === 'procedure') return [];
  if (postgres.kind !== mssql.kind) return [`it is a ${mssql.kind}, not a ${postgres.kind}`];
  if (postgres.kind === 'table function') {
    return wrongColumns(
      postgres.returns.map((column) => column.name),
      mssql.result_sets[0],
    );
  }
  const wanted = postgres.returns[0]?.type;
  const has = mssql.returns[0]?.type;
  return isSameType(wanted ?? '', has ?? '') ? [] : [`it returns ${has}, not ${wanted}`];
}

function wrongColumns(wanted: string[] | undefined, has: string[] | undefined): string[] {
  if (!wanted) return [];
  if (!has) return ['a column of its result has no name of its own: write AS <name>'];
  return wanted.join() === has.join() ? [] : [`its columns are ${has.join(', ')}; wanted: ${wanted.join(', ')}`];
}
