"""A cluster over edge sites and clouds in simulated time: pods come, wait, run, are evicted and leave."""
