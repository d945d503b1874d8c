"""Applications of many services over regions and zones: how far apart do the pods that call each other end up?"""
