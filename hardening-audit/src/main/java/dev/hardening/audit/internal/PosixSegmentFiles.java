package dev.hardening.audit.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Segments as files of mode 0600, created with that mode and never opened through a link. */
final class PosixSegmentFiles implements SegmentFiles {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path folder;

    PosixSegmentFiles(Path folder) {
        this.folder = folder;
    }

    @Override
    public List<Long> list() throws IOException {
        return SegmentNames.list(folder);
    }

    @Override
    public InputStream read(long firstIndex) throws IOException {
        return Files.newInputStream(path(firstIndex), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public SegmentFile append(long firstIndex) throws IOException {
        Path path = path(firstIndex);
        LogFolder.requireOwnFile(path);
        return open(path, StandardOpenOption.WRITE);
    }

    @Override
    public SegmentFile create(long firstIndex) throws IOException {
        return open(path(firstIndex), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    /** The same place can be torn twice, when the record about the first time is. */
    @Override
    public void keepTorn(long firstIndex, long offset, byte[] bytes) throws IOException {
        int copy = 1;
        Path path = folder.resolve(firstIndex + "-" + offset + ".torn");
        while (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            copy++;
            path = folder.resolve(firstIndex + "-" + offset + "-" + copy + ".torn");
        }
        try (SegmentFile file = open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            file.write(ByteBuffer.wrap(bytes));
            file.force();
        }
    }

    @Override
    public void delete(long firstIndex) throws IOException {
        Files.deleteIfExists(path(firstIndex));
    }

    @Override
    public void syncFolder() throws IOException {
        LogFolder.sync(folder);
    }

    @Override
    public String name(long firstIndex) {
        return path(firstIndex).toString();
    }

    private Path path(long firstIndex) {
        return folder.resolve(SegmentNames.of(firstIndex));
    }

    private static SegmentFile open(Path path, StandardOpenOption... options) throws IOException {
        Set<OpenOption> all = new HashSet<>(Set.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS);
        FileChannel channel = FileChannel.open(path, all, OWNER_ONLY);
        channel.position(channel.size());
        return new ChannelFile(channel);
    }

    private record ChannelFile(FileChannel channel) implements SegmentFile {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
            channel.position(size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
