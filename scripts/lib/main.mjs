/**
 * Runs a script's main function: its result is the exit code, and an error is one plain line.
 * @param {() => number | Promise<number>} main
 */
export async function main(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
