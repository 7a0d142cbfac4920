/** Environment of the launcher; tasks inherit it. */
export const environment = process.env
