/**
 * Whether the path is the API explorer's, or one of what pages of this server load: they tell
 * nothing about models.
 */
export const isPagePart = (path: string): boolean =>
  /^\/(docs$|swagger$|swagger\/|web\/)/.test(path);
