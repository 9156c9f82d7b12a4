package dev.hardening.ratelimit;

import java.util.List;

/**
 * Several parts as one key in the heap.
 *
 * <p>Comparable, because whoever makes up names can make them up with equal hash codes: a hash table puts such keys into a
 * tree, and finds its way in it only if they have an order (attack A7).
 */
final class CompositeKey implements Comparable<CompositeKey> {
    private final List<Object> parts;
    private final int hash;

    CompositeKey(List<Object> parts) {
        this.parts = parts;
        this.hash = parts.hashCode();
    }

    Object part(int index) {
        return parts.get(index);
    }

    @Override
    public int compareTo(CompositeKey other) {
        int order = Integer.compare(parts.size(), other.parts.size());
        for (int index = 0; order == 0 && index < parts.size(); index++) {
            order = compare(parts.get(index), other.parts.get(index));
        }
        return order;
    }

    /** Parts are strings, hashes or composites; of different kinds the name of the kind decides. */
    private static int compare(Object one, Object other) {
        if (one instanceof String text && other instanceof String second) {
            return text.compareTo(second);
        }
        if (one instanceof CompositeKey key && other instanceof CompositeKey second) {
            return key.compareTo(second);
        }
        int kind = one.getClass().getName().compareTo(other.getClass().getName());
        return kind != 0 ? kind : one.toString().compareTo(other.toString());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CompositeKey that && hash == that.hash && parts.equals(that.parts);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return parts.toString();
    }
}
