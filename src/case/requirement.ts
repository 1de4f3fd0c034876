/** One promise of an interface, in our own words. */
export interface Requirement {
  /** "MS-ENCAP-REMOVE" */
  readonly id: string;
  readonly text: string;
  /** Where it stands: section of a document, uapi header, commit, or a convention of netlink. */
  readonly source: string;
  /** Why no case can check it; a requirement without this must have one. */
  readonly untestable?: string;
}
