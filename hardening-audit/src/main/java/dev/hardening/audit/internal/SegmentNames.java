package dev.hardening.audit.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of the segments: the index of the first record, without leading zeros. */
public final class SegmentNames {
    private static final String FOLDER = "seg";
    private static final Pattern NAME = Pattern.compile("(0|[1-9][0-9]{0,15})\\.jsonl");

    private SegmentNames() {}

    /**
     * Finds the folder of segments.
     *
     * @param log the log's directory
     * @return its folder of segments
     */
    public static Path folder(Path log) {
        return log.resolve(FOLDER);
    }

    /**
     * Names a segment.
     *
     * @param firstIndex the index of its first record
     * @return the file name
     */
    public static String of(long firstIndex) {
        return firstIndex + ".jsonl";
    }

    /**
     * Lists the segments of a folder; other files are none of ours.
     *
     * @param folder the folder of segments
     * @return their first indexes, ascending
     * @throws IOException if the folder cannot be read
     */
    public static List<Long> list(Path folder) throws IOException {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Matcher name = NAME.matcher(String.valueOf(entry.getFileName()));
                if (name.matches()) {
                    found.add(Long.parseLong(name.group(1)));
                }
            }
        }
        Collections.sort(found);
        return List.copyOf(found);
    }
}
