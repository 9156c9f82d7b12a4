package dev.hardening.examples.lms.school;

import dev.hardening.examples.lms.school.Cursors.Position;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** An item and its place in the list it came from. */
record Listed<T>(T item, Position position) {
    /** Cuts a page out of at most one item more than fits, which tells whether there is a next one. */
    static <T> Page<T> page(List<Listed<T>> found, int size, Function<Position, String> cursor) {
        boolean more = found.size() > size;
        List<Listed<T>> kept = more ? found.subList(0, size) : found;
        Optional<String> next =
                more ? Optional.of(cursor.apply(kept.get(size - 1).position())) : Optional.empty();
        return new Page<>(kept.stream().map(Listed::item).toList(), next);
    }
}
