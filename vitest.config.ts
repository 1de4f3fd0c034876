import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // They take milliseconds; the limit is for a hang on a machine that is busy.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'boot',
          include: ['test/boot/**/*.test.ts'],
          // Real kernels under emulation: one file at a time has the machine to itself.
          fileParallelism: false,
          testTimeout: 600_000,
          // A guest may hang at any byte without a word about what is tested.
          retry: 1,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
