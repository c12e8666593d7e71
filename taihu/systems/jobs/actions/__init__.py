"""Every write of the job market is a verb in one of these modules."""
