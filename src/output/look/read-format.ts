/** Reads a format of the user's as a template. A mistake is a usage error that names the option and the part. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { readTemplate, type Template, type Vocabulary } from './template.ts';
import { TemplateError } from './template-tokens.ts';

/** Runs `read`; a mistake that it finds in the format becomes a LockstepError `usage`. */
export function readFormat<Result>(option: string, read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    throw new LockstepError('usage', `can't use the ${option}: ${thrown.message}`, {
      hint: 'it takes default, dark, light, or a format as in man lockstep',
    });
  }
}

/** The template of a text that the user gives. Throws a TemplateError. */
export function readGivenTemplate(text: string, vocabulary: Vocabulary): Template {
  if (text.length > LIMITS.formatCharsMax) {
    throw new TemplateError(`it is longer than ${LIMITS.formatCharsMax} characters`);
  }
  return readTemplate(text, vocabulary);
}
