// The generator over librdkafka is a C program of ours.

import { type CProgram, compiled, missingFor, NotCompiled } from '../c-program.ts';
import { GeneratorError } from './load.ts';

const program: CProgram = {
  name: 'the generator librdkafka',
  source: 'bench/generators/librdkafka.c',
  libraries: ['-lrdkafka', '-lpthread'],
  header: 'librdkafka/rdkafka.h',
  packages: 'on Debian it comes with the packages gcc and librdkafka-dev',
};

/** What keeps it from being compiled here; undefined when it was compiled before, or can be. */
export function librdkafkaMissing(): string | undefined {
  return missingFor(program);
}

/** The path of the program, compiled if need be. */
export function librdkafkaProgram(): string {
  try {
    return compiled(program);
  } catch (error) {
    if (error instanceof NotCompiled) throw new GeneratorError(error.message);
    throw error;
  }
}
