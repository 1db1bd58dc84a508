/** How the program ends; part of its contract, and of its help. */
export const EXIT = {
  done: 0,
  failed: 1,
  badInput: 2,
  inconclusive: 3,
  defect: 70,
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `
Exit codes:
  0    done; a check has passed
  1    a gradient check has failed, or a training has diverged in its first epoch
  2    an argument or a file cannot be used; nothing was written
  3    a check is inconclusive: nothing was shown to be wrong, and not all to be right
  70   a defect of tapeloop
  130  interrupted; nothing was written
`;
