import type { ItemKind } from '../items.ts';
import { booleanClassification } from './boolean.ts';
import { enumClassification } from './enum.ts';
import { externalIdClassification } from './external-id.ts';
import { jsonClassification } from './json.ts';
import { numericClassification } from './numeric.ts';
import { textClassification } from './text.ts';
import { timestampClassification } from './timestamp.ts';
import { unknownClassification } from './unknown.ts';
import { uuidClassification } from './uuid.ts';

/** One question a path. */
export const classificationKinds: readonly ItemKind[] = [
  timestampClassification,
  booleanClassification,
  enumClassification,
  uuidClassification,
  externalIdClassification,
  numericClassification,
  textClassification,
  jsonClassification,
  unknownClassification,
];
