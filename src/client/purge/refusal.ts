/** Why a guard refuses a whole plan, and the flag that lifts it. */
export interface PlanRefusal {
  /** One sentence. */
  readonly fact: string
  /** Left out where no flag does. */
  readonly liftedBy?: '--force' | '--trust-clock' | '--rule'
}
